import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
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
import { CERTIFICATES_SECRET_NAME } from '../../../operator/webhook/certificate-store.ts'
import { issueCertificates } from '../../../operator/webhook/certificates.ts'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import type { Webhook } from '../../../operator/webhook/start.ts'
import { type ControlPlane, eventually } from '../../cluster/index.ts'
import { machineClock } from '../controller/support/clocks.ts'
import { gate, NAMESPACE, optIn, pod } from './fixtures.ts'
import {
  createNamespace,
  OPERATOR_NAMESPACE,
  PodCreator,
  type RunningWebhook,
  runWebhook,
  startCluster,
} from './running.ts'

jest.setTimeout(90_000)

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
    resourceNames: [CERTIFICATES_SECRET_NAME],
    verbs: ['get', 'update'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
]
const DAY_MS = 86_400_000
const OPERATOR = { name: 'metricgate-operator', namespace: OPERATOR_NAMESPACE }

let cluster: ControlPlane
let operator: KubeConfig
let core: CoreV1Api
let admission: AdmissionregistrationV1Api
let pods: PodCreator
let known: MetricGate[] | undefined
let started: RunningWebhook[] = []

beforeAll(async () => {
  cluster = await startCluster()
  core = cluster.kubeConfig().makeApiClient(CoreV1Api)
  admission = cluster.kubeConfig().makeApiClient(AdmissionregistrationV1Api)
  pods = new PodCreator(cluster)
  await Promise.all([createNamespace(cluster, NAMESPACE), createOperatorAccount()])
  operator = await cluster.serviceAccountConfig(OPERATOR.namespace, OPERATOR.name)
}, 180_000)

afterAll(async () => {
  await pods?.[Symbol.asyncDispose]()
  await cluster?.stop()
})

beforeEach(() => {
  known = [gate('shop')]
})

afterEach(async () => {
  await Promise.all(started.map(({ stop }) => stop()))
  started = []
  await admission
    .deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
    .catch(ignoreAbsence)
  await core
    .deleteNamespacedSecret({ name: CERTIFICATES_SECRET_NAME, namespace: OPERATOR_NAMESPACE })
    .catch(ignoreAbsence)
})

async function createOperatorAccount(): Promise<void> {
  const rbac = cluster.kubeConfig().makeApiClient(RbacAuthorizationV1Api)
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

function ignoreAbsence(error: { code?: number }): void {
  if (error.code !== 404) throw error
}

async function start(options: Partial<Parameters<typeof runWebhook>[1]> = {}): Promise<RunningWebhook> {
  const running = await runWebhook(operator, { gates: () => known, ...options })
  started.push(running)
  return running
}

async function startRegistered(
  options: Partial<Parameters<typeof runWebhook>[1]> = {},
): Promise<RunningWebhook> {
  const running = await start(options)
  await eventually('the webhook to be registered', () => running.webhook.ready())
  return running
}

function readConfiguration(): Promise<V1MutatingWebhookConfiguration> {
  return admission.readMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
}

function readSecret(): Promise<V1Secret> {
  return core.readNamespacedSecret({ name: CERTIFICATES_SECRET_NAME, namespace: OPERATOR_NAMESPACE })
}

async function untilInjected(): Promise<void> {
  await eventually('a pod to get its sidecar', async () => {
    const { pod: shown } = await pods.create(NAMESPACE, pod(optIn('shop')), { dryRun: true })
    return shown.spec?.initContainers?.length === 1
  })
}

async function servedBy({ port }: Webhook): Promise<X509Certificate> {
  const connection = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(connection, 'secureConnect')
    return connection.getPeerX509Certificate() as X509Certificate
  } finally {
    connection.destroy()
  }
}

function webhookNames(configuration: V1MutatingWebhookConfiguration): string[] {
  return (configuration.webhooks ?? []).map(({ name }) => name)
}

describe('the registration', () => {
  test('is there after the start, with the authority of the certificates in the Secret', async () => {
    await startRegistered()
    const [configuration, secret] = await Promise.all([readConfiguration(), readSecret()])
    expect(secret.type).toBe('kubernetes.io/tls')
    expect(configuration.webhooks?.[0]?.clientConfig.caBundle).toBe(secret.data?.['ca.crt'])
    expect(configuration.metadata?.managedFields?.map(({ manager }) => manager)).toEqual([
      'metricgate-operator',
    ])
    await untilInjected()
  })

  test('waits for the gates: entries of those that are not known yet must not go', async () => {
    const selecting = gate('selecting', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })
    known = [selecting]
    await (await startRegistered()).stop()
    known = undefined
    const { webhook } = await start()
    expect(webhook.ready()).toBe(false)
    expect(webhookNames(await readConfiguration())).toHaveLength(2)
    known = [selecting]
    webhook.sync()
    await eventually('the webhook to be registered', () => webhook.ready())
  })

  test('follows the gates', async () => {
    const { webhook } = await startRegistered()
    expect(webhookNames(await readConfiguration())).toEqual(['pods.metricgate.io'])
    known = [gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })]
    webhook.sync()
    await eventually(
      'the entry of the gate',
      async () => webhookNames(await readConfiguration()).length === 2,
    )
    known = []
    webhook.sync()
    await eventually('the entry to be gone', async () => webhookNames(await readConfiguration()).length === 1)
  })

  test('counts as served since it was last told to the API server, and not while that does not know all gates', async () => {
    known = undefined
    const { webhook } = await start()
    expect(webhook.servingSinceMs()).toBeUndefined()
    known = []
    webhook.sync()
    await eventually('it to be served', () => webhook.servingSinceMs() !== undefined)
    const before = webhook.servingSinceMs() ?? 0
    known = [gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })]
    expect(webhook.servingSinceMs()).toBeUndefined()
    webhook.sync()
    await eventually('it to be served', () => (webhook.servingSinceMs() ?? 0) > before)
  })

  test('is not even sent again when nothing has changed', async () => {
    const { webhook, requests } = await startRegistered()
    const sent = (): number => requests.filter(request => request.startsWith('PATCH')).length
    // Only until the watch has told the webhook of its own change.
    await eventually('ten looks that send nothing', async () => {
      const before = sent()
      for (let times = 0; times < 10; times++) {
        webhook.sync()
        await readConfiguration()
      }
      return sent() === before
    })
  })

  test('comes back when somebody deletes it', async () => {
    await startRegistered()
    const uid = (await readConfiguration()).metadata?.uid
    await admission.deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
    await eventually('the configuration', async () => (await readConfiguration()).metadata?.uid !== uid)
    await untilInjected()
  })

  test('is put right when somebody changes it', async () => {
    await startRegistered()
    const changed = await readConfiguration()
    for (const webhook of changed.webhooks ?? []) webhook.failurePolicy = 'Fail'
    await admission.replaceMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME, body: changed })
    await eventually(
      'failurePolicy: Ignore',
      async () => (await readConfiguration()).webhooks?.[0]?.failurePolicy === 'Ignore',
    )
  })

  test('is deleted with its owner', async () => {
    const rbac = cluster.kubeConfig().makeApiClient(RbacAuthorizationV1Api)
    const { metadata } = await rbac.createClusterRole({ body: { metadata: { name: 'release' } } })
    const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }
    const running = await startRegistered({ owner: { ...kind, name: 'release', uid: metadata?.uid ?? '' } })
    await running.stop()
    await rbac.deleteClusterRole({ name: 'release' })
    await eventually('both to be gone', async () => {
      const outcomes = await Promise.allSettled([readConfiguration(), readSecret()])
      return outcomes.every(outcome => outcome.status === 'rejected' && outcome.reason.code === 404)
    })
  })
})

describe('a pod', () => {
  test('is let in as it is while the webhook is away', async () => {
    const running = await startRegistered()
    await untilInjected()
    await running.stop()
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('shop')))
    expect(created.spec?.initContainers).toBeUndefined()
    expect(created.spec?.containers).toHaveLength(1)
  })

  test('gets its sidecar again after the API server was away', async () => {
    await startRegistered()
    await untilInjected()
    await cluster.killApiServer()
    await cluster.startApiServer()
    await untilInjected()
  })

  test('gets its sidecar from a webhook that was started while the API server was away', async () => {
    await cluster.killApiServer()
    const giveUp = new AbortController()
    const hopeless = start({ signal: giveUp.signal })
    giveUp.abort(new Error('given up'))
    await expect(hopeless).rejects.toThrow('given up')
    const starting = start()
    await cluster.startApiServer()
    await starting
    await untilInjected()
  })
})

describe('the certificates', () => {
  test('are made once, whoever comes first', async () => {
    const replicas = await Promise.all([startRegistered(), startRegistered(), startRegistered()])
    expect(new Set(replicas.map(({ webhook }) => webhook.port)).size).toBe(3)
    const { data, metadata } = await readSecret()
    expect(metadata?.managedFields).toHaveLength(1)
    const configuration = await readConfiguration()
    expect(configuration.webhooks?.[0]?.clientConfig.caBundle).toBe(data?.['ca.crt'])
    await untilInjected()
  })

  test('name the Service by which the API server calls', async () => {
    const service = { namespace: OPERATOR_NAMESPACE, name: 'metricgate-webhook', port: 443 }
    const { webhook } = await startRegistered({ address: { service } })
    expect((await servedBy(webhook)).subjectAltName).toBe(
      'DNS:metricgate-webhook.metricgate-system.svc, ' +
        'DNS:metricgate-webhook.metricgate-system.svc.cluster.local, ' +
        'DNS:metricgate-webhook.metricgate-system',
    )
  })

  test('are those of the Secret after a restart', async () => {
    await (await startRegistered()).stop()
    const { data, metadata } = await readSecret()
    await startRegistered()
    expect(await readSecret()).toMatchObject({
      data,
      metadata: { resourceVersion: metadata?.resourceVersion },
    })
  })

  test.each<[string, Record<string, string>]>([
    ['hold nothing of use', { 'tls.crt': '', 'tls.key': '' }],
    ['are damaged', { 'tls.crt': 'x', 'tls.key': 'x', 'ca.crt': 'x', 'ca.key': 'x' }],
  ])('are made anew when they %s', async (_title, stringData) => {
    const metadata = { name: CERTIFICATES_SECRET_NAME }
    const body = { type: 'kubernetes.io/tls', metadata, stringData }
    await core.createNamespacedSecret({ namespace: OPERATOR_NAMESPACE, body })
    await startRegistered()
    await untilInjected()
  })

  test('are renewed when they are too old, and the old authority stays trusted', async () => {
    const old = await issueCertificates(['127.0.0.1'], Date.now() - 600 * DAY_MS)
    const body = {
      type: 'kubernetes.io/tls',
      metadata: { name: CERTIFICATES_SECRET_NAME },
      stringData: {
        'tls.crt': old.certificate,
        'tls.key': old.key,
        'ca.crt': old.authorities,
        'ca.key': old.authorityKey,
      },
    }
    await core.createNamespacedSecret({ namespace: OPERATOR_NAMESPACE, body })
    await startRegistered()
    await untilInjected()
    const bundle = Buffer.from(
      (await readConfiguration()).webhooks?.[0]?.clientConfig.caBundle ?? '',
      'base64',
    ).toString()
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(bundle.trim().endsWith(old.authorities.trim())).toBe(true)
  })

  test('are renewed while the webhook runs, when their time has come', async () => {
    let lateMs = 61 * DAY_MS
    const { webhook } = await startRegistered({
      clock: { ...machineClock, now: () => Date.now() - lateMs },
    })
    const before = await servedBy(webhook)
    lateMs = 0
    webhook.sync()
    await eventually(
      'another certificate',
      async () => (await servedBy(webhook)).serialNumber !== before.serialNumber,
    )
    const { 'tls.crt': stored = '' } = (await readSecret()).data ?? {}
    expect((await servedBy(webhook)).raw).toEqual(new X509Certificate(Buffer.from(stored, 'base64')).raw)
    await untilInjected()
  })

  test('are replaced while the webhook runs, when another replica has made others', async () => {
    const { webhook } = await startRegistered()
    const before = await servedBy(webhook)
    await core.deleteNamespacedSecret({ name: CERTIFICATES_SECRET_NAME, namespace: OPERATOR_NAMESPACE })
    // The same address: it is the first one that goes on being called.
    await startRegistered({ address: { url: `https://127.0.0.1:${webhook.port}` } })
    await eventually(
      'other certificates',
      async () => (await servedBy(webhook)).serialNumber !== before.serialNumber,
    )
    await untilInjected()
  })
})
