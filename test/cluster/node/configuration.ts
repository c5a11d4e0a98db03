import { join } from 'node:path'
import { stringify } from 'yaml'
import { controlPlaneFiles } from '../control-plane/files.ts'

/** The node's own address: of a network that is reserved for documentation (RFC 5737), so no real machine has it. */
export const NODE_ADDRESS = '203.0.113.1'
export const NODE_NAME = 'node'
/** What the image of the process that holds a pod's namespaces is called. */
export const PAUSE_IMAGE = 'metricgate.test/pause:1'
/** An image that every cluster has, for pods that a test looks out of: see pods/probe. */
export const PROBE_IMAGE = 'metricgate.test/probe:1'

const POD_NETWORK = '10.244.0.0/16'
const CLUSTER_DOMAIN = 'cluster.local'
/** Where Debian's package containernetworking-plugins puts its programs. */
export const CNI_PLUGINS = '/usr/lib/cni'
/** Where the programs of the machine that a node needs are looked for. */
export const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
/** What the programs of the node that call others need in their environment. */
export const ENVIRONMENT = { PATH: SEARCH_PATH.join(':') }

/** Where the files of a node are. */
export interface NodeFiles {
  /** What containerd keeps: images, and the file systems of containers. */
  readonly store: string
  readonly containerdConfig: string
  readonly containerdSocket: string
  readonly cniDirectory: string
  readonly kubeletRoot: string
  readonly kubeletConfig: string
  readonly podLogs: string
  readonly resolvConf: string
  readonly proxyConfig: string
  readonly corefile: string
  /** Of the cluster administrator, as whom all programs of the node act. */
  readonly kubeconfig: string
}

/** Names the files of a node that lives in `directory`. */
export function nodeFiles(directory: string): NodeFiles {
  return {
    store: join(directory, 'containerd'),
    containerdConfig: join(directory, 'containerd.toml'),
    containerdSocket: join(directory, 'containerd.sock'),
    cniDirectory: join(directory, 'cni'),
    kubeletRoot: join(directory, 'kubelet'),
    kubeletConfig: join(directory, 'kubelet.yaml'),
    podLogs: join(directory, 'pods'),
    resolvConf: join(directory, 'resolv.conf'),
    proxyConfig: join(directory, 'kube-proxy.yaml'),
    corefile: join(directory, 'Corefile'),
    kubeconfig: controlPlaneFiles(directory).kubeconfig,
  }
}

/** containerd's configuration, version 2: overlayfs and runc, and nothing that asks for more than root in a container has. */
export function containerdConfig(files: NodeFiles, store: string): string {
  return `version = 2
root = "${store}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
address = "${files.containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE_IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${CNI_PLUGINS}"
conf_dir = "${files.cniDirectory}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`
}

/**
 * The network of pods: a link of its own from each to the node, which routes. Unlike pods on one bridge, a pod reaches
 * another by a Service without the kernel module br_netfilter.
 */
export function cniConfig(): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet: POD_NETWORK }]], routes: [{ dst: '0.0.0.0/0' }] }
  return JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'ptp', ipam }] })
}

/** kubelet's configuration. `cgroupRoot` is the control group, which must exist, that pods go under. */
export function kubeletConfig(files: NodeFiles, cgroupRoot: string): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${files.containerdSocket}`,
    podLogsDir: files.podLogs,
    volumePluginDir: join(files.kubeletRoot, 'volume-plugins'),
    resolvConf: files.resolvConf,
    clusterDomain: CLUSTER_DOMAIN,
    clusterDNS: [NODE_ADDRESS],
    // Nobody is in this network but the cluster.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // A changed ConfigMap reaches its pods when kubelet knows of it, and looks at the pod.
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    syncFrequency: '1s',
    // The machine's disk is not the cluster's business: neither images nor pods go when it fills.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%', 'imagefs.available': '0%' },
  })
}

/** kube-proxy's configuration. */
export function proxyConfig(kubeconfig: string): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    mode: 'nftables',
    clusterCIDR: POD_NETWORK,
    hostnameOverride: NODE_NAME,
    oomScoreAdj: 0,
    nftables: { minSyncPeriod: '100ms' },
    // The limits on tracked connections are the machine's.
    conntrack: { maxPerCore: 0, min: 0 },
  })
}

/** CoreDNS' configuration: it knows the cluster, and says of all else that it does not exist. */
export function corefile(kubeconfig: string): string {
  return `. {
  bind ${NODE_ADDRESS}
  errors
  ready ${NODE_ADDRESS}:8181
  loadbalance
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    ttl 1
  }
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`
}
