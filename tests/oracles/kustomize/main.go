// Builds the kustomizations whose folders it reads from standard input, one a line, and prints what each becomes as a
// line of JSON. Nothing is fetched: Git and HTTP are closed, as are plugins and Helm.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

type result struct {
	Folder string `json:"folder"`
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func build(folder string) (made result) {
	made.Folder = folder
	defer func() {
		if fault := recover(); fault != nil {
			made.Error = fmt.Sprint("panic: ", fault)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err == nil {
		var output []byte
		output, err = resources.AsYaml()
		made.Output = string(output)
	}
	if err != nil {
		made.Error = err.Error()
	}
	return made
}

func main() {
	closed := "http://127.0.0.1:9"
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		os.Setenv(name, closed)
	}
	os.Setenv("GIT_ALLOW_PROTOCOL", "none")
	lines := bufio.NewScanner(os.Stdin)
	encoder := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := encoder.Encode(build(lines.Text())); err != nil {
			panic(err)
		}
	}
}
