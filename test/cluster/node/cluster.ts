import type { ControlPlane, ControlPlaneOptions } from '../control-plane/control-plane.ts'

/** How to start a cluster; every field has a default that suits a test. */
export interface ClusterOptions extends Omit<ControlPlaneOptions, 'proposePort'> {
  /**
   * Paths of image archives (docker-archive, as `buildah push docker-archive:` writes them) that pods may use. They are imported
   * before there are pods, and what has been imported once is kept in the cache.
   */
  readonly images?: readonly string[]
}

/**
 * A running Kubernetes of one node: a control plane, and a kubelet, containerd, kube-proxy and cluster DNS, so that pods run.
 *
 * Its API server is reached from where the tests run, on loopback, and through it the pods: exec, logs, port-forward, and
 * `getThroughApiServer`. The addresses of pods and Services mean something only inside: see `inside`.
 */
export interface Cluster extends Omit<ControlPlane, 'processIds'> {
  /** The name of the one Node object. */
  readonly nodeName: string
  /**
   * What to put before a command, as root, to run it in the cluster's network, where pods and Services have their addresses:
   * `['nsenter', '--net=/proc/1234/ns/net']`. Its kubeconfig works there too.
   */
  readonly inside: readonly string[]
  /** Imports further image archives, for pods that do not exist yet. */
  importImages(archives: readonly string[]): Promise<void>
}
