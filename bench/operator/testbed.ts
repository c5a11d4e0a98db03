import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { ApiClient } from '../../operator/kubernetes/api-client.ts'
import { type ControlPlane, monitorCrds, startControlPlane } from '../../test/cluster/index.ts'
import { Admin } from '../../test/operator/controller/support/admin.ts'
import { machineClock } from '../../test/operator/controller/support/clocks.ts'
import { gateDefinition, operatorManifests } from '../../test/operator/controller/support/cluster.ts'
import { createLimitRange, createNamespace, type GateRef, gateRefs, namespaceName } from './fixtures.ts'
import { type ApiServerAddress, type LoadGenerator, startLoadGenerator } from './load.ts'
import { buildOperator, OperatorProcess } from './operator-process.ts'
import type { Options } from './options.ts'
import { samplesOf, sumsBy } from './samples.ts'

const OWN_NAMESPACE = 'metricgate-system'
const OWN_ACCOUNT = 'metricgate-operator'
/** Requests that prepare something are sent so many at a time. */
export const AT_ONCE = 32
const POLL_MS = 200
const SETTLED_MS = 5000
const SETTLED_CPU_PART_MAX = 0.1

const listSchema = z.object({ items: z.array(z.unknown()) })

interface Parts {
  readonly api: ApiClient
  readonly load: LoadGenerator
  readonly start: (flags: readonly string[]) => Promise<OperatorProcess>
  /** Ends all of it. */
  readonly stack: AsyncDisposableStack
}

/** A control plane with the operator's permissions, namespaces for gates, and what sends it requests. */
export class Testbed implements AsyncDisposable {
  readonly options: Options
  readonly gates: readonly GateRef[]
  readonly api: ApiClient
  readonly load: LoadGenerator
  readonly #stack: AsyncDisposableStack
  readonly #start: Parts['start']
  #operator: OperatorProcess | undefined

  private constructor(options: Options, parts: Parts) {
    this.options = options
    this.gates = gateRefs(options.gates, options.namespaces)
    this.api = parts.api
    this.load = parts.load
    this.#stack = parts.stack
    this.#start = parts.start
  }

  /** Brings all of it up; the operator does not run yet. */
  static async start(options: Options): Promise<Testbed> {
    const [node = '', ...args] = buildOperator()
    const crds = [await gateDefinition(), ...(await monitorCrds())]
    await using stack = new AsyncDisposableStack()
    const controlPlane = stack.use(
      await startControlPlane({ crds, apiServerEnvironment: { GOGC: String(options.gogc) } }),
    )
    const admin = new Admin(controlPlane.kubeConfig())
    for (const object of await operatorManifests()) await admin.apply(object)
    const kubeconfig = await writeKubeconfig(controlPlane)
    const api = new ApiClient(controlPlane.kubeConfig(), { clock: machineClock, userAgent: 'bench' })
    stack.defer(() => api.close())
    const load = await startLoadGenerator(addressOf(controlPlane))
    stack.defer(load.stop)
    const command = [node, ...options.nodeFlags, ...args]
    const start = (flags: readonly string[]): Promise<OperatorProcess> =>
      OperatorProcess.start({ command, kubeconfig, flags })
    await makeNamespaces(load, api, options.namespaces)
    return new Testbed(options, { api, load, start, stack: stack.move() })
  }

  /** The operator that runs; one is started if none does. */
  async operator(): Promise<OperatorProcess> {
    this.#operator ??= await this.#start(['--webhook-port=0', '--webhook-url=https://127.0.0.1:0'])
    return this.#operator
  }

  /** Ends the operator that runs, and starts another one. */
  async restartOperator(): Promise<OperatorProcess> {
    await this.stopOperator()
    return this.operator()
  }

  /** Ends the operator that runs. */
  async stopOperator(): Promise<void> {
    await this.#operator?.stop()
    this.#operator = undefined
  }

  /** Starts an operator beside others; whoever asks for it ends it. */
  startReplica(flags: readonly string[]): Promise<OperatorProcess> {
    return this.#start(flags)
  }

  /** Waits until the operator has had next to nothing to do for a while. */
  async settle(replica?: OperatorProcess): Promise<void> {
    const operator = replica ?? (await this.operator())
    for (;;) {
      const before = await operator.counts()
      await delay(SETTLED_MS)
      const after = await operator.counts()
      const isBusy = after.cpuMs - before.cpuMs > SETTLED_CPU_PART_MAX * (after.atMs - before.atMs)
      const isQueued = (await operator.metric('metricgate_operator_queue_depth')) > 0
      if (after.reconciles === before.reconciles && !isBusy && !isQueued) return
    }
  }

  /** Requests that the API server has answered, of all clients, by verb and resource: "PATCH services". Watches count when they end. */
  async apiServerRequests(): Promise<Record<string, number>> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of this.api.stream({ path: '/metrics', accept: 'text/plain' }, 30_000))
      text += decoder.decode(chunk, { stream: true })
    return sumsBy(samplesOf(text, 'apiserver_request_total'), ({ verb, resource, subresource }) =>
      resource ? `${verb} ${resource}${subresource ? `/${subresource}` : ''}` : undefined,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopOperator()
    await this.#stack.disposeAsync()
  }
}

/** Writes a kubeconfig for the operator's ServiceAccount, and returns its path. */
async function writeKubeconfig(controlPlane: ControlPlane): Promise<string> {
  const account = await controlPlane.serviceAccountConfig(OWN_NAMESPACE, OWN_ACCOUNT)
  const file = path.join(controlPlane.directory, 'operator.kubeconfig')
  await writeFile(file, account.exportConfig(), { mode: 0o600 })
  return file
}

function addressOf(controlPlane: ControlPlane): ApiServerAddress {
  const { url, caCertificate } = controlPlane
  const token = controlPlane.kubeConfig().getCurrentUser()?.token
  if (token === undefined) throw new Error('BUG: the administrator has no token')
  return { url, caCertificate, token }
}

/** Makes them with their LimitRanges, and waits for their ServiceAccounts, which pods need. */
async function makeNamespaces(load: LoadGenerator, api: ApiClient, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => namespaceName(index))
  await load.sendAll(names.map(createNamespace), { atOnce: AT_ONCE })
  await load.sendAll(names.map(createLimitRange), { atOnce: AT_ONCE })
  const query = { fieldSelector: 'metadata.name=default' }
  for (;;) {
    const { items } = listSchema.parse(await api.json({ path: '/api/v1/serviceaccounts', query }))
    // kube-system and others have one as well.
    if (items.length > count) return
    await delay(POLL_MS)
  }
}
