import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node'
import type { BuildContext } from '../assets/binaries.ts'
import type { AuditEntry } from './audit.ts'

/** How to start a control plane; every field has a default that suits a test. */
export interface ControlPlaneOptions extends Partial<BuildContext> {
  /**
   * CustomResourceDefinitions to install before the controller manager starts, so that it collects garbage of their
   * kinds from the first moment instead of 30 s later.
   */
  readonly crds?: readonly KubernetesObject[]
  /** Proposes ports for the API server; another one is asked for when one turns out to be taken. */
  readonly proposePort?: () => Promise<number>
  /** Groups of users whose requests the API server records, for `auditLog`. */
  readonly auditedGroups?: readonly string[]
  /** Admission plugins beside those that are on by default. */
  readonly admissionPlugins?: readonly string[]
  /** Environment variables of the API server, such as those of its Go runtime. */
  readonly apiServerEnvironment?: Readonly<Record<string, string>>
}

/** A running Kubernetes control plane without nodes: etcd, kube-apiserver, kube-controller-manager. */
export interface ControlPlane extends AsyncDisposable {
  /** Path of a kubeconfig file for the cluster administrator. */
  readonly kubeconfig: string
  /** `https://127.0.0.1:<port>` */
  readonly url: string
  /** The certificate to trust the API server by, PEM. */
  readonly caCertificate: string
  /** Path of kubectl, if the binaries include it. */
  readonly kubectl: string | undefined
  /** Holds the files of this control plane, each program's log among them; it goes away with it. */
  readonly directory: string
  /** The process ids of all that runs now, the supervisor's first. */
  processIds(): number[]

  /** A client configuration of the cluster administrator. */
  kubeConfig(): KubeConfig
  /** A client configuration of a ServiceAccount, which must exist: it may do what RBAC allows that account. */
  serviceAccountConfig(namespace: string, name: string): Promise<KubeConfig>
  /** Requests a bearer token for a ServiceAccount, valid for an hour. */
  serviceAccountToken(namespace: string, name: string): Promise<string>

  /** What the members of `auditedGroups` have asked the API server for until now. */
  auditLog(): Promise<AuditEntry[]>

  /** Kills the API server, as a node failure would. */
  killApiServer(): Promise<void>
  /**
   * Starts a killed API server on its port again and waits until it is ready. The controller manager is restarted too: its
   * backoff would last about as long as the outage has.
   */
  startApiServer(): Promise<void>
  /** Stops etcd in its tracks: the API server stays reachable, and what needs storage is not answered. */
  pauseEtcd(): void
  /** Lets etcd go on. */
  resumeEtcd(): void
  /** Restarts the controller manager, which makes it discover new kinds at once. */
  restartControllerManager(): Promise<void>

  /** Ends all processes and removes all files. */
  stop(): Promise<void>
}
