import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually as eventuallySo } from '../../cluster/index.ts'
import type { AnyObject, ObjectRef } from '../controller/support/admin.ts'
import { operatorManifests, type TestCluster } from '../controller/support/cluster.ts'
import { get, LOCAL, Program } from '../program.ts'
import { Relay } from './relay.ts'

/** The operator's own namespace. */
export const NAMESPACE = 'metricgate-system'

/** Short, for tests that wait for it to run out; long enough for a busy machine. */
const LEASE_SECONDS = 6

/** The Lease for which they contend. */
export const LEASE: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: NAMESPACE,
  name: 'metricgate-operator',
}

/**
 * Makes a ServiceAccount that may do what the operator may. Each replica has its own here, so that the audit log of the API server tells
 * them apart.
 */
export async function createAccount({ admin }: TestCluster, name: string): Promise<void> {
  const header = { apiVersion: 'v1', kind: 'ServiceAccount' }
  await admin.apply({ ...header, metadata: { name, namespace: NAMESPACE } })
  for (const object of await operatorManifests()) {
    if (!object.kind?.endsWith('RoleBinding')) continue
    const binding: AnyObject = {
      ...object,
      metadata: { ...object.metadata, name: `${object.metadata?.name}-${name}` },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    }
    await admin.apply(binding)
  }
}

/** One replica of the operator: a process of its own, with a network of its own to the API server. */
export class Replica implements AsyncDisposable {
  readonly name: string
  readonly network: Relay
  readonly program: Program

  private constructor(name: string, network: Relay, program: Program) {
    this.name = name
    this.network = network
    this.program = program
  }

  /**
   * Starts it as the ServiceAccount of its name.
   * @param webhookPort where the API server calls the webhook of all replicas
   */
  static async start(
    { controlPlane }: TestCluster,
    name: string,
    { directory, webhookPort }: { directory: string; webhookPort: number },
  ): Promise<Replica> {
    const config = await controlPlane.serviceAccountConfig(NAMESPACE, name)
    const { port } = new URL(controlPlane.url)
    const network = await Relay.start(() => [Number(port)])
    const file = join(directory, `kubeconfig-${name}`)
    await writeFile(
      file,
      config.exportConfig().replaceAll(controlPlane.url, `https://127.0.0.1:${network.port}`),
    )
    const flags = [
      `--kubeconfig=${file}`,
      `--webhook-url=https://127.0.0.1:${webhookPort}`,
      '--owner-cluster-role=metricgate-operator',
      `--lease-duration-seconds=${LEASE_SECONDS}`,
    ]
    const program = new Program([...LOCAL, ...flags], directory, { POD_NAME: name, POD_NAMESPACE: NAMESPACE })
    return new Replica(name, network, program)
  }

  /** Does it lead, as its metrics say? */
  async leads(): Promise<boolean> {
    return (await this.metric('metricgate_operator_leader')) === 1
  }

  /** The value of one of its metrics that has no labels. */
  async metric(name: string): Promise<number> {
    const { text } = await get(`${await this.program.url()}/metrics`)
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
    if (value === undefined) throw new Error(`no metric ${name} in:\n${text}`)
    return Number(value)
  }

  /** Resolves when /readyz says that it is ready. */
  async ready(): Promise<void> {
    const url = await this.program.url()
    let text = ''
    await eventuallySo(
      `${this.name} to be ready`,
      async () => {
        const answer = await get(`${url}/readyz`)
        text = answer.text
        if (answer.status !== 200) throw new Error(text)
        return true
      },
      { timeoutMs: 60_000 },
    )
  }

  /** Where its webhook listens. */
  async webhookPort(): Promise<number> {
    return Number(await this.program.logged('port'))
  }

  signal(signal: NodeJS.Signals): void {
    this.program.child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.kill()
    await this.network[Symbol.asyncDispose]()
  }
}
