// Package dispatch makes one executable several programs: it behaves as the program whose name it is called by, as BusyBox
// does, so links to it named kubelet, kube-proxy, … are those programs. Kubernetes' programs share nearly all of their code:
// each on its own would take as much more time to link and room on disk.
package dispatch

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Main runs the program that this process is called by, or ends with status 2 and the names that would do.
func Main(programs map[string]func()) {
	name := filepath.Base(os.Args[0])
	run, ok := programs[name]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(programs)), ", ")
		fmt.Fprintf(os.Stderr, "%s: call this executable by the name of the program that it should be: %s\n", name, names)
		os.Exit(2)
	}
	run()
}
