// Command coredns is CoreDNS with the plugins that a cluster of one node has use for; all of them would take three times
// as long to build.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

// The order in which a query passes the plugins.
var plugins = []string{"bind", "ready", "errors", "loadbalance", "kubernetes", "template"}

func main() {
	dnsserver.Directives = plugins
	coremain.Run()
}
