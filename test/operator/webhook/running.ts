import { readFileSync } from 'node:fs'
import {
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type KubernetesObject,
  type V1Namespace,
  type V1Pod,
} from '@kubernetes/client-node'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import { parse } from 'yaml'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import type { Lifetimes } from '../../../operator/webhook/certificates/lifetimes.ts'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import { CERTIFICATE_LIFETIMES } from '../../../operator/webhook/limits.ts'
import type { AdmissionRecord } from '../../../operator/webhook/server.ts'
import { startWebhook, type Webhook, type WebhookOptions } from '../../../operator/webhook/start.ts'
import { type ControlPlane, eventually, startControlPlane } from '../../cluster/index.ts'
import { machineClock } from '../controller/support/clocks.ts'
import { OPTIONS } from './fixtures.ts'

/** The operator's namespace. */
export const OPERATOR_NAMESPACE = 'metricgate-system'
/** The Secret with the certificates. */
export const SECRET_NAME = 'metricgate-webhook-tls'

/** As usual, but for the times that a test would have to wait. */
export const TEST_LIFETIMES: Lifetimes = { ...CERTIFICATE_LIFETIMES, graceMs: 500, checkMs: 200 }

/** A control plane with the CRD of MetricGate and the operator's namespace. */
export async function startCluster(): Promise<ControlPlane> {
  const crd = new URL('../../../crds/metricgates.metricgate.io.yaml', import.meta.url)
  const cluster = await startControlPlane({ crds: [parse(readFileSync(crd, 'utf8')) as KubernetesObject] })
  await createNamespace(cluster, OPERATOR_NAMESPACE)
  return cluster
}

/** A namespace in which pods can be created. */
export async function createNamespace(
  cluster: ControlPlane,
  name: string,
  labels: Record<string, string> = {},
): Promise<V1Namespace> {
  const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
  const namespace = await core.createNamespace({ body: { metadata: { name, labels } } })
  await eventually(`the ServiceAccount of ${name}`, () =>
    core.readNamespacedServiceAccount({ namespace: name, name: 'default' }),
  )
  return namespace
}

/** Creates the gate as a user would. */
export async function createGate(cluster: ControlPlane, gate: MetricGate): Promise<void> {
  const { name, namespace = '' } = gate.metadata
  const body = { ...gate, metadata: { name, namespace } }
  const kind = { group: 'metricgate.io', version: 'v1alpha1', plural: 'metricgates' }
  await cluster
    .kubeConfig()
    .makeApiClient(CustomObjectsApi)
    .createNamespacedCustomObject({ ...kind, namespace, body })
}

/** A webhook of the test's own process, and what it was asked. */
export interface RunningWebhook extends AsyncDisposable {
  readonly webhook: Webhook
  /** Every review that reached it. */
  readonly admissions: AdmissionRecord[]
  /** What it said that it wrote. */
  readonly writes: readonly ('Secret' | 'configuration')[]
  /** What it asked the API server: method and path. */
  readonly requests: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts the webhook outside the cluster, as the identity of `kubeConfig`, and waits until it listens. */
export async function runWebhook(
  kubeConfig: KubeConfig,
  options: Partial<WebhookOptions> & Pick<WebhookOptions, 'gates'>,
): Promise<RunningWebhook> {
  const requests: string[] = []
  const client = new ApiClient(kubeConfig, {
    clock: machineClock,
    userAgent: 'test',
    observe: ({ method = 'GET', path }) => requests.push(`${method} ${path}`),
  })
  const admissions: AdmissionRecord[] = []
  const writes: RunningWebhook['writes'][number][] = []
  const webhook = await startWebhook({
    client,
    clock: machineClock,
    random: Math.random,
    log: pino({ level: 'silent' }),
    listen: { host: '127.0.0.1', port: 0 },
    address: { url: 'https://127.0.0.1:0' },
    namespace: OPERATOR_NAMESPACE,
    watchNamespaces: [],
    configurationName: WEBHOOK_CONFIGURATION_NAME,
    secretName: SECRET_NAME,
    certificates: 'managed',
    lifetimes: TEST_LIFETIMES,
    isLeader: () => true,
    sidecar: OPTIONS,
    observer: {
      admitted: admission => admissions.push(admission),
      renewed: () => writes.push('Secret'),
      registered: () => writes.push('configuration'),
    },
    ...options,
  }).catch(async error => {
    await client.close()
    throw error
  })
  const stop = async (): Promise<void> => {
    await webhook.stop()
    await client.close()
  }
  return { webhook, admissions, writes, requests, stop, [Symbol.asyncDispose]: stop }
}

/** What the API server made of a pod, and what it told the user. */
export interface CreatedPod {
  readonly pod: V1Pod
  readonly warnings: readonly string[]
}

/** Creates pods as the cluster administrator, over HTTP: the client library would hide the warnings. */
export class PodCreator implements AsyncDisposable {
  readonly #cluster: ControlPlane
  readonly #dispatcher: Agent

  constructor(cluster: ControlPlane) {
    this.#cluster = cluster
    this.#dispatcher = new Agent({ connect: { ca: cluster.caCertificate }, allowH2: false })
  }

  /** Throws when the API server refuses the pod. */
  async create(namespace: string, pod: V1Pod, { dryRun = false } = {}): Promise<CreatedPod> {
    const token = this.#cluster.kubeConfig().getCurrentUser()?.token
    const query = dryRun ? '?dryRun=All' : ''
    const { statusCode, headers, body } = await request(
      `${this.#cluster.url}/api/v1/namespaces/${namespace}/pods${query}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(pod),
        dispatcher: this.#dispatcher,
      },
    )
    const answer = (await body.json()) as V1Pod & { message?: string }
    if (statusCode !== 201) throw new Error(`${statusCode}: ${answer.message}`)
    return { pod: answer, warnings: [headers.warning ?? []].flat().map(warningText) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close()
  }
}

/** The text of a header `Warning: 299 - "text"`. */
function warningText(header: string): string {
  return header.replace(/^299 - "(.*)"$/, '$1').replace(/\\(.)/g, '$1')
}
