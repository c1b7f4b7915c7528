// oracle is the real field manager behind a line-oriented interface: one JSON request a line on standard input,
// one JSON answer a line on standard output. It keeps one live object; nothing is defaulted or converted.
//
// Requests: {"op":"reset","apiVersion","kind","models"?} starts anew, with the OpenAPI models of a custom resource
// where they are given and the deduced type where the kind is not a built-in one; {"op":"apply","manager","force",
// "object"} and {"op":"update","manager","object"} write. Answers: {"live":object} or {"error","conflicts"?}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

type request struct {
	Op         string                  `json:"op"`
	APIVersion string                  `json:"apiVersion"`
	Kind       string                  `json:"kind"`
	Models     map[string]*spec.Schema `json:"models"`
	Manager    string                  `json:"manager"`
	Force      bool                    `json:"force"`
	Object     map[string]any          `json:"object"`
}

type answer struct {
	Live      map[string]any `json:"live,omitempty"`
	Error     string         `json:"error,omitempty"`
	Conflicts []conflict     `json:"conflicts,omitempty"`
}

type conflict struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// same stands in for everything that the server does to objects and the simulation does not.
type same struct{ gvk schema.GroupVersionKind }

func (s same) New(gvk schema.GroupVersionKind) (runtime.Object, error) {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(gvk)
	return object, nil
}

func (s same) Convert(_, _, _ any) error { return nil }

func (s same) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

func (s same) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

func (s same) Default(runtime.Object) {}

func newManager(r request) (*managedfields.FieldManager, error) {
	gvk := schema.FromAPIVersionAndKind(r.APIVersion, r.Kind)
	reset := map[fieldpath.APIVersion]fieldpath.Filter{
		fieldpath.APIVersion(r.APIVersion): fieldpath.NewExcludeSetFilter(
			fieldpath.NewSet(fieldpath.MakePathOrDie("status")),
		),
	}
	s := same{gvk}
	if scheme.Scheme.Recognizes(gvk) {
		converter := applyconfigurations.NewTypeConverter(scheme.Scheme)
		return managedfields.NewDefaultFieldManager(converter, s, s, s, gvk, gvk.GroupVersion(), "", reset)
	}
	converter := managedfields.NewDeducedTypeConverter()
	if r.Models != nil {
		var err error
		if converter, err = managedfields.NewTypeConverter(r.Models, false); err != nil {
			return nil, err
		}
	}
	return managedfields.NewDefaultCRDFieldManager(converter, s, s, s, gvk, gvk.GroupVersion(), "", reset)
}

func refused(err error) answer {
	out := answer{Error: err.Error()}
	if status, ok := err.(apierrors.APIStatus); ok && apierrors.IsConflict(err) {
		for _, cause := range status.Status().Details.Causes {
			out.Conflicts = append(out.Conflicts, conflict{cause.Field, cause.Message})
		}
	}
	return out
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	var manager *managedfields.FieldManager
	var live *unstructured.Unstructured
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var written runtime.Object
		var err error
		switch r.Op {
		case "reset":
			manager, err = newManager(r)
			live = &unstructured.Unstructured{Object: map[string]any{}}
			live.SetGroupVersionKind(schema.FromAPIVersionAndKind(r.APIVersion, r.Kind))
			written = live
		case "apply":
			sent := &unstructured.Unstructured{Object: numbers(r.Object)}
			written, err = manager.Apply(live.DeepCopy(), sent, r.Manager, r.Force)
		case "update":
			sent := &unstructured.Unstructured{Object: numbers(r.Object)}
			written, err = manager.Update(live.DeepCopy(), sent, r.Manager)
		}
		reply := answer{}
		if err != nil {
			reply = refused(err)
		} else {
			live = written.(*unstructured.Unstructured)
			reply.Live = live.Object
		}
		if err := out.Encode(reply); err != nil {
			panic(err)
		}
	}
}

// numbers makes whole numbers integers, as the server's own decoder does.
func numbers(object map[string]any) map[string]any {
	for key, value := range object {
		object[key] = number(value)
	}
	return object
}

func number(value any) any {
	switch v := value.(type) {
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	case map[string]any:
		return numbers(v)
	case []any:
		for i := range v {
			v[i] = number(v[i])
		}
	}
	return value
}
