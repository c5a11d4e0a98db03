// Command probe is what the tests of the cluster run in pods: a server that says who it is, and a few questions that can
// only be asked from inside.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

const usage = "probe serve ADDRESS | get URL | lookup NAME | read FILE"

var commands = map[string]func(argument string) (string, error){
	"serve":  serve,
	"get":    get,
	"lookup": lookup,
	"read":   read,
}

func main() {
	if len(os.Args) != 3 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage:", usage)
		os.Exit(2)
	}
	answer, err := commands[os.Args[1]](os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(answer)
}

// serve answers every request with the host's name.
func serve(address string) (string, error) {
	name, err := os.Hostname()
	if err != nil {
		return "", err
	}
	fmt.Println("serving", address)
	return "", http.ListenAndServe(address, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(answer, name)
	}))
}

func get(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// lookup answers the addresses of a name, sorted.
func lookup(name string) (string, error) {
	addresses, err := net.LookupHost(name)
	slices.Sort(addresses)
	return strings.Join(addresses, " "), err
}

func read(path string) (string, error) {
	content, err := os.ReadFile(path)
	return string(content), err
}
