// types prints how the API server's own Go structs are written as JSON: which kinds there are, and for every
// struct the fields that are there even when empty and those whose explicit empty value is kept. The typed
// schema does not say it, and the sets of managers depend on it.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"k8s.io/client-go/kubernetes/scheme"
)

type structure struct {
	Pointers []string       `json:"p,omitempty"`
	Stored   map[string]any `json:"z"`
}

type output struct {
	Kinds   map[string]string
	Structs map[string]*structure
}

// typeName is the schema's name of a Go type: k8s.io/api/apps/v1 DaemonSet is io.k8s.api.apps.v1.DaemonSet.
func typeName(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	host := strings.Split(parts[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	return strings.Join(append(host, parts[1:]...), ".") + "." + t.Name()
}

// written reports whether values of the type write themselves, and how their empty value looks.
func written(t reflect.Type) (any, bool) {
	marshaler, ok := reflect.New(t).Interface().(json.Marshaler)
	if !ok {
		return nil, false
	}
	text, err := marshaler.MarshalJSON()
	if err != nil {
		return nil, true
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value, true
}

func walk(t reflect.Type, structs map[string]*structure) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || structs[typeName(t)] != nil {
		return
	}
	if _, self := written(t); self {
		return
	}
	out := &structure{Stored: map[string]any{}}
	structs[typeName(t)] = out
	fields(t, out, structs)
	sort.Strings(out.Pointers)
}

func fields(t reflect.Type, out *structure, structs map[string]*structure) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" && field.Anonymous {
			fields(field.Type, out, structs)
			continue
		}
		walk(field.Type, structs)
		omitEmpty := strings.Contains(options, "omitempty")
		omitZero := strings.Contains(options, "omitzero")
		switch kind := field.Type.Kind(); {
		case kind == reflect.Struct && omitZero:
			out.Pointers = append(out.Pointers, name)
		case kind == reflect.Struct:
			if empty, self := written(field.Type); self {
				out.Stored[name] = empty
			} else {
				out.Stored[name] = map[string]any{}
			}
		case kind == reflect.Pointer && omitEmpty:
			out.Pointers = append(out.Pointers, name)
		case !omitEmpty && (kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map):
			out.Stored[name] = nil
		case !omitEmpty:
			out.Stored[name] = reflect.Zero(field.Type).Interface()
		}
	}
}

func main() {
	out := output{Kinds: map[string]string{}, Structs: map[string]*structure{}}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		apiVersion, kind := gvk.GroupVersion().String(), gvk.Kind
		_, object := t.FieldByName("ObjectMeta")
		if gvk.Version == "__internal" || !object {
			continue
		}
		out.Kinds[apiVersion+" "+kind] = typeName(t)
		walk(t, out.Structs)
	}
	fmt.Printf("{\n\"kinds\": %s,\n\"structs\": %s\n}\n", rows(out.Kinds), rows(out.Structs))
}

// rows is a JSON object with one member a line, sorted, so that a change of upstream is a readable difference.
func rows[V any](members map[string]V) string {
	var lines []string
	for name, value := range members {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		lines = append(lines, fmt.Sprintf("%q: %s", name, text))
	}
	sort.Strings(lines)
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}
