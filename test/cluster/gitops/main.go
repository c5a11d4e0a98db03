// Command gitops says of objects what GitOps tools would: it reads one object as JSON on each line of standard input, and answers each
// with a line of JSON on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	usage         = "gitops kstatus | argocd HEALTH.LUA | helmrelease"
	lineLengthMax = 8 << 20
)

// verdict is what a tool says of an object.
type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type judge func(object *unstructured.Unstructured) (verdict, error)

func main() {
	judge, err := judgeFor(os.Args[1:])
	if err == nil {
		err = answer(judge)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judgeFor(arguments []string) (judge, error) {
	switch {
	case len(arguments) == 1 && arguments[0] == "kstatus":
		return kstatus, nil
	case len(arguments) == 2 && arguments[0] == "argocd":
		return argocd(arguments[1])
	case len(arguments) == 1 && arguments[0] == "helmrelease":
		return helmRelease, nil
	}
	return nil, fmt.Errorf("usage: %s", usage)
}

func answer(judge judge) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, lineLengthMax)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(lines.Bytes()); err != nil {
			return err
		}
		verdict, err := judge(object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := answers.Encode(verdict); err != nil {
			return err
		}
	}
	return lines.Err()
}
