import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type KubeConfig,
  RbacAuthorizationV1Api,
  type V1MutatingWebhookConfiguration,
  type V1PolicyRule,
  type V1Secret,
} from '@kubernetes/client-node'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { readAuthorities } from '../../../operator/webhook/certificates/authority.ts'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import type { Webhook } from '../../../operator/webhook/start.ts'
import { type ControlPlane, eventually, unlessNotFound } from '../../cluster/index.ts'
import { gate, NAMESPACE, optIn, pod } from './fixtures.ts'
import {
  createNamespace,
  OPERATOR_NAMESPACE,
  PodCreator,
  type RunningWebhook,
  runWebhook,
  SECRET_NAME,
  startCluster,
} from './running.ts'

/** All that the webhook may do: what it does not need is not here. */
const RULES: V1PolicyRule[] = [
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations'],
    resourceNames: [WEBHOOK_CONFIGURATION_NAME],
    verbs: ['list', 'watch', 'patch'],
  },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations'],
    verbs: ['create'],
  },
  { apiGroups: ['metricgate.io'], resources: ['metricgates'], verbs: ['list'] },
]
const OWN_NAMESPACE_RULES: V1PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [SECRET_NAME],
    verbs: ['list', 'watch', 'update'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
]
const OPERATOR = { name: 'metricgate-operator', namespace: OPERATOR_NAMESPACE }
const SECRET = { name: SECRET_NAME, namespace: OPERATOR_NAMESPACE }

type StartOptions = Partial<Parameters<typeof runWebhook>[1]>

/** A control plane with an account that may do what the webhook needs, and the webhooks that run as it. */
export class WebhookCluster {
  readonly controlPlane: ControlPlane
  readonly core: CoreV1Api
  readonly admission: AdmissionregistrationV1Api
  readonly pods: PodCreator
  /** The gates that the webhooks know; undefined: not yet. */
  known: MetricGate[] | undefined
  readonly #operator: KubeConfig
  #started: RunningWebhook[] = []

  private constructor(controlPlane: ControlPlane, operator: KubeConfig) {
    this.controlPlane = controlPlane
    this.core = controlPlane.kubeConfig().makeApiClient(CoreV1Api)
    this.admission = controlPlane.kubeConfig().makeApiClient(AdmissionregistrationV1Api)
    this.pods = new PodCreator(controlPlane)
    this.#operator = operator
  }

  static async create(): Promise<WebhookCluster> {
    const controlPlane = await startCluster()
    await Promise.all([createNamespace(controlPlane, NAMESPACE), createOperatorAccount(controlPlane)])
    const operator = await controlPlane.serviceAccountConfig(OPERATOR.namespace, OPERATOR.name)
    return new WebhookCluster(controlPlane, operator)
  }

  /** Starts a webhook, and waits until it listens. */
  async start(options: StartOptions = {}): Promise<RunningWebhook> {
    const running = await runWebhook(this.#operator, { gates: () => this.known, ...options })
    this.#started.push(running)
    return running
  }

  /** Starts a webhook, and waits until it says that the API server can call it. */
  async startRegistered(options: StartOptions = {}): Promise<RunningWebhook> {
    const running = await this.start(options)
    await untilReady(running)
    return running
  }

  /** As before the first webhook: one gate, no Secret and no configuration. */
  async reset(): Promise<void> {
    await Promise.all(this.#started.map(({ stop }) => stop()))
    this.#started = []
    this.known = [gate('shop')]
    await unlessNotFound(
      this.admission.deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME }),
    )
    await unlessNotFound(this.core.deleteNamespacedSecret(SECRET))
  }

  readConfiguration(): Promise<V1MutatingWebhookConfiguration> {
    return this.admission.readMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
  }

  /** Fingerprints of the authorities in the configuration. */
  async trusted(): Promise<string[]> {
    const caBundle = (await this.readConfiguration()).webhooks?.[0]?.clientConfig.caBundle ?? ''
    return readAuthorities(Buffer.from(caBundle, 'base64').toString()).map(({ id }) => id)
  }

  readSecret(): Promise<V1Secret> {
    return this.core.readNamespacedSecret(SECRET)
  }

  async createSecret(stringData: Record<string, string>): Promise<void> {
    const body = { type: 'kubernetes.io/tls', metadata: { name: SECRET_NAME }, stringData }
    await this.core.createNamespacedSecret({ namespace: OPERATOR_NAMESPACE, body })
  }

  async replaceSecret(stringData: Record<string, string>): Promise<void> {
    const body = { type: 'kubernetes.io/tls', metadata: { name: SECRET_NAME }, stringData }
    await this.core.replaceNamespacedSecret({ ...SECRET, body })
  }

  async deleteSecret(): Promise<void> {
    await this.core.deleteNamespacedSecret(SECRET)
  }

  /** The API server calls a moment after it has stored the configuration. */
  async untilInjected(): Promise<void> {
    await eventually('a pod to get its sidecar', async () => {
      const { pod: shown } = await this.pods.create(NAMESPACE, pod(optIn('shop')), { dryRun: true })
      return shown.spec?.initContainers?.length === 1
    })
  }

  /** Waits until another certificate is served than this, and it is that of the Secret. */
  async untilServed(webhook: Webhook, before: X509Certificate): Promise<void> {
    await eventually('another certificate', async () => {
      const served = await servedBy(webhook)
      const { 'tls.crt': stored = '' } = (await this.readSecret()).data ?? {}
      const isStored = served.raw.equals(new X509Certificate(Buffer.from(stored, 'base64')).raw)
      return isStored && !served.raw.equals(before.raw)
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map(({ stop }) => stop()))
    await this.pods[Symbol.asyncDispose]()
    await this.controlPlane.stop()
  }
}

/** Waits until the webhook says that the API server can call it. */
export async function untilReady({ webhook }: Pick<RunningWebhook, 'webhook'>): Promise<void> {
  await eventually('the webhook to be ready', () => webhook.obstacles().length === 0)
}

/** The certificate that a new connection sees. */
export async function servedBy({ port }: Pick<Webhook, 'port'>): Promise<X509Certificate> {
  const connection = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(connection, 'secureConnect')
    return connection.getPeerX509Certificate() as X509Certificate
  } finally {
    connection.destroy()
  }
}

async function createOperatorAccount(controlPlane: ControlPlane): Promise<void> {
  const core = controlPlane.kubeConfig().makeApiClient(CoreV1Api)
  const rbac = controlPlane.kubeConfig().makeApiClient(RbacAuthorizationV1Api)
  const metadata = { name: OPERATOR.name }
  const subjects = [{ kind: 'ServiceAccount', ...OPERATOR }]
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: OPERATOR.name })
  const { namespace } = OPERATOR
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } })
  await rbac.createClusterRole({ body: { metadata, rules: RULES } })
  await rbac.createClusterRoleBinding({ body: { metadata, subjects, roleRef: roleRef('ClusterRole') } })
  await rbac.createNamespacedRole({ namespace, body: { metadata, rules: OWN_NAMESPACE_RULES } })
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: { metadata, subjects, roleRef: roleRef('Role') },
  })
}
