package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// exitWithParent names the environment variable that holds the process id of a parent not to outlive.
const exitWithParent = "METRICGATE_EXIT_WITH_PARENT"

// init asks the kernel to kill this process when its parent ends, however that ends. It is an init function because
// the request belongs to a thread: these run on the main thread, which lives as long as the process. See prctl(2),
// PR_SET_PDEATHSIG.
func init() {
	value, wanted := os.LookupEnv(exitWithParent)
	if !wanted {
		return
	}
	parent, err := strconv.Atoi(value)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: want a process id: %v\n", exitWithParent, err)
		os.Exit(2)
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		fmt.Fprintf(os.Stderr, "%s: prctl: %v\n", exitWithParent, err)
		os.Exit(1)
	}
	if os.Getppid() != parent {
		os.Exit(1) // It ended before the kernel knew what we ask.
	}
}
