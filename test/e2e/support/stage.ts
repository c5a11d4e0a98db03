import type { KubeConfig } from '@kubernetes/client-node'
import {
  type ApiServerAccess,
  type EndpointAnswer,
  getThroughApiServer,
  Http1KubeConfig,
  prometheusQuery,
  type Sample,
} from '../../cluster/index.ts'
import { Admin, type AnyObject } from '../../operator/controller/support/admin.ts'
import type { Setup } from '../setup.ts'
import { Kubectl } from './kubectl.ts'

/** What a story is told with: a namespace of its own in the cluster, and the ways in which a user reaches it. */
export class Stage {
  readonly namespace: string
  readonly setup: Setup
  readonly admin: Admin
  readonly #kubectl: Kubectl
  readonly #access: ApiServerAccess

  constructor(namespace: string, setup: Setup, environment: NodeJS.ProcessEnv) {
    this.namespace = namespace
    this.setup = setup
    const config = new Http1KubeConfig()
    config.loadFromFile(setup.kubeconfig)
    this.admin = new Admin(config)
    this.#kubectl = new Kubectl(setup.kubectl, setup.kubeconfig, environment)
    this.#access = accessOf(config)
  }

  /** Runs kubectl and resolves to what it printed; throws what it said. */
  kubectl(...args: readonly string[]): Promise<string> {
    return this.#kubectl.run(args)
  }

  /** Applies manifests that kubectl reads on its standard input. */
  kubectlApply(manifests: string): Promise<string> {
    return this.#kubectl.run(['apply', '--server-side', '-f', '-'], manifests)
  }

  /** Applies objects in the story's namespace, one after the other. */
  async apply(...objects: readonly AnyObject[]): Promise<void> {
    for (const object of objects)
      await this.admin.apply({ ...object, metadata: { ...object.metadata, namespace: this.namespace } })
  }

  /** The pods of the namespace that a label selector chooses, without those that are on their way out. */
  async pods(labelSelector?: string): Promise<AnyObject[]> {
    const pods = await this.admin.list(
      { apiVersion: 'v1', kind: 'Pod', namespace: this.namespace },
      labelSelector,
    )
    return pods.filter(pod => pod.metadata?.deletionTimestamp === undefined)
  }

  /** Sends a GET request to a port of a pod of the namespace. */
  get(pod: string, port: number, path: string): Promise<EndpointAnswer> {
    return this.getFrom(this.namespace, pod, port, path)
  }

  /** The same in any namespace. The port is a number, since the API server does not look for names of ports in a pod. */
  getFrom(namespace: string, pod: string, port: number, path: string): Promise<EndpointAnswer> {
    return getThroughApiServer(this.#access, { kind: 'pods', namespace, name: pod, port }, path)
  }

  /** The instant vector that an expression has in Prometheus now. */
  prometheus(expression: string): Promise<Sample[]> {
    return prometheusQuery(this.#access, expression)
  }

  /** The one number that an expression has in Prometheus now; undefined when it has no series, or several. */
  async prometheusNumber(expression: string): Promise<number | undefined> {
    const samples = await this.prometheus(expression)
    return samples.length === 1 ? samples[0]?.value : undefined
  }

  /** What Prometheus says at a path of its own. */
  prometheusPage(path: string): Promise<EndpointAnswer> {
    const service = { kind: 'services', namespace: 'monitoring', name: 'prometheus-operated' } as const
    return getThroughApiServer(this.#access, { ...service, port: 'web' }, path)
  }
}

function accessOf(config: KubeConfig): ApiServerAccess {
  const cluster = config.getCurrentCluster()
  if (!cluster?.caData) throw new Error('BUG: the kubeconfig names no cluster with its certificate')
  const caCertificate = Buffer.from(cluster.caData, 'base64').toString()
  return { url: cluster.server, caCertificate, kubeConfig: () => config }
}
