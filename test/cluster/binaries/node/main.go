// Command node is what turns a control plane into a cluster whose pods run, in one executable. It is not part of the
// controlplane executable because most tests need no node, and every package adds to their first build.
package main

import (
	"context"
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"metricgate.io/test/cluster/binaries/dispatch"
)

func main() {
	dispatch.Main(map[string]func(){
		"kube-proxy":     func() { os.Exit(cli.Run(proxy.NewProxyCommand())) },
		"kube-scheduler": func() { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
		"kubelet":        func() { os.Exit(cli.Run(kubelet.NewKubeletCommand(context.Background()))) },
	})
}
