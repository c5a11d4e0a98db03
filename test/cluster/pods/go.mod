module metricgate.io/test/cluster/pods

go 1.26.0
