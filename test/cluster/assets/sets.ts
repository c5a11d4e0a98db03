/** One Go executable, and the programs that it is when it is called by their names. */
export interface Executable {
  readonly name: string
  /** As `go build` takes it. */
  readonly package: string
  readonly programs: readonly string[]
}

/** Executables of one Go module, which are built and cached together. */
export interface BinarySet {
  /** What a person is told is being built. */
  readonly title: string
  /** How long that takes on two cores when Go has nothing cached. */
  readonly minutes: number
  /** The folder beside this one that holds go.mod; its contents are the key in the cache. */
  readonly module: string
  readonly executables: readonly Executable[]
  /** What its own build tells the linker: `package.variable=value`. */
  readonly settings?: readonly string[]
}

/** The programs of the control plane. */
export const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const

/** All that most tests need. */
export const CONTROL_PLANE: BinarySet = {
  title: 'the Kubernetes control plane',
  minutes: 6,
  module: 'binaries',
  executables: [{ name: 'controlplane', package: './controlplane', programs: PROGRAMS }],
}

/**
 * What else makes a node: a set of its own, so that tests without one do not build it. It is of the control plane's module, whose
 * compiled packages it shares in Go's cache.
 */
export const NODE: BinarySet = {
  title: 'the Kubernetes node',
  minutes: 1,
  module: 'binaries',
  executables: [{ name: 'node', package: './node', programs: ['kube-proxy', 'kube-scheduler', 'kubelet'] }],
}

/** Small programs of our own that run in pods. */
export const PODS: BinarySet = {
  title: 'the programs of pods',
  minutes: 1,
  module: 'pods',
  executables: [
    { name: 'pause', package: './pause', programs: [] },
    { name: 'probe', package: './probe', programs: [] },
  ],
}

/** CoreDNS and Prometheus: not of Kubernetes' module, because they ask for newer versions of what Kubernetes pins. */
export const ADDONS: BinarySet = {
  title: 'CoreDNS and Prometheus',
  minutes: 3,
  module: 'addons',
  executables: [
    { name: 'coredns', package: './coredns', programs: [] },
    { name: 'prometheus', package: 'github.com/prometheus/prometheus/cmd/prometheus', programs: [] },
  ],
}

/** prometheus-operator: it does not compile against the libraries of the Prometheus beside it. */
export const PROMETHEUS_OPERATOR: BinarySet = {
  title: 'prometheus-operator',
  minutes: 3,
  module: 'prometheus-operator',
  executables: ['operator', 'prometheus-config-reloader'].map(name => ({
    name,
    package: `github.com/prometheus-operator/prometheus-operator/cmd/${name}`,
    programs: [],
  })),
}

/** Helm: a set of its own, which only tests of the chart need, with the same version of Kubernetes' libraries as the control plane. */
export const HELM: BinarySet = {
  title: 'Helm',
  minutes: 2,
  module: 'helm',
  executables: [{ name: 'helm', package: 'helm.sh/helm/v3/cmd/helm', programs: [] }],
  // Of its own version, and of the Kubernetes that it assumes where it talks to none.
  settings: [
    'helm.sh/helm/v3/internal/version.version=v3.22.0',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37',
  ],
}

/** What GitOps tools say of objects: kstatus, Argo CD's engine for health checks, and Flux' HelmRelease. */
export const GITOPS: BinarySet = {
  title: 'the judgement of GitOps tools',
  minutes: 1,
  module: 'gitops',
  executables: [{ name: 'gitops', package: '.', programs: [] }],
}

/** What reads PromQL as Prometheus does: a module of its own, so that a change of it does not rebuild CoreDNS and Prometheus. */
export const PROMQL: BinarySet = {
  title: 'promtool',
  minutes: 2,
  module: 'promql',
  executables: [
    { name: 'promtool', package: 'github.com/prometheus/prometheus/cmd/promtool', programs: [] },
    { name: 'selectors', package: './selectors', programs: [] },
  ],
}
