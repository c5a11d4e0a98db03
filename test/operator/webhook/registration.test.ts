import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1MutatingWebhook,
  type V1MutatingWebhookConfiguration,
} from '@kubernetes/client-node'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import type { Webhook } from '../../../operator/webhook/start.ts'
import { eventually } from '../../cluster/index.ts'
import { AdmissionStream } from './admission-stream.ts'
import { gate, NAMESPACE, optIn, pod } from './fixtures.ts'
import { WebhookCluster } from './webhook-cluster.ts'

jest.setTimeout(90_000)

let cluster: WebhookCluster

beforeAll(async () => {
  cluster = await WebhookCluster.create()
}, 180_000)

afterAll(() => cluster?.stop())

beforeEach(() => cluster.reset())

const NEVER = { name: 'never', expression: 'false' }
/** What every entry has to say. */
const REQUIRED = {
  admissionReviewVersions: ['v1'],
  clientConfig: { url: 'https://another.example.com' },
  sideEffects: 'None',
} satisfies Partial<V1MutatingWebhook>

/** Server-side apply of one entry, by another field manager that takes what it wants. */
async function applyAsAnother(entry: Partial<V1MutatingWebhook>): Promise<void> {
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME },
    webhooks: [entry],
  }
  await cluster.admission.patchMutatingWebhookConfiguration(
    { name: WEBHOOK_CONFIGURATION_NAME, body, fieldManager: 'another', force: true },
    setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
  )
}

function patchesIn(requests: readonly string[]): number {
  return requests.filter(request => request.startsWith('PATCH')).length
}

/** Only until the watch has told the webhook of its own change. */
async function untilNothingIsSent(webhook: Webhook, requests: readonly string[]): Promise<void> {
  await eventually('ten looks that send nothing', async () => {
    const before = patchesIn(requests)
    for (let times = 0; times < 10; times++) {
      webhook.sync()
      await cluster.readConfiguration()
    }
    return patchesIn(requests) === before
  })
}

function webhookNames(configuration: V1MutatingWebhookConfiguration): string[] {
  return (configuration.webhooks ?? []).map(({ name }) => name)
}

describe('the registration', () => {
  test('is there after the start, with the authority of the certificates in the Secret', async () => {
    await cluster.startRegistered()
    const [configuration, secret] = await Promise.all([cluster.readConfiguration(), cluster.readSecret()])
    expect(secret.type).toBe('kubernetes.io/tls')
    expect(configuration.webhooks?.[0]?.clientConfig.caBundle).toBe(secret.data?.['ca.crt'])
    expect(configuration.metadata?.managedFields?.map(({ manager }) => manager)).toEqual([
      'metricgate-operator',
    ])
    await cluster.untilInjected()
  })

  test('waits for the gates: entries of those that are not known yet must not go', async () => {
    const selecting = gate('selecting', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })
    cluster.known = [selecting]
    await (await cluster.startRegistered()).stop()
    cluster.known = undefined
    const { webhook, writes } = await cluster.startRegistered()
    expect(webhook.servingSinceMs()).toBeUndefined()
    expect(writes).toEqual([])
    expect(webhookNames(await cluster.readConfiguration())).toHaveLength(2)
    cluster.known = [selecting]
    webhook.sync()
    await eventually('the webhook to serve', () => webhook.servingSinceMs() !== undefined)
    expect(webhookNames(await cluster.readConfiguration())).toHaveLength(2)
  })

  test('follows the gates', async () => {
    const { webhook } = await cluster.startRegistered()
    expect(webhookNames(await cluster.readConfiguration())).toEqual(['pods.metricgate.io'])
    cluster.known = [gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })]
    webhook.sync()
    await eventually(
      'the entry of the gate',
      async () => webhookNames(await cluster.readConfiguration()).length === 2,
    )
    cluster.known = []
    webhook.sync()
    await eventually(
      'the entry to be gone',
      async () => webhookNames(await cluster.readConfiguration()).length === 1,
    )
  })

  test('counts as served since it was last told to the API server, and not while that does not know all gates', async () => {
    cluster.known = undefined
    const { webhook } = await cluster.start()
    expect(webhook.servingSinceMs()).toBeUndefined()
    cluster.known = []
    webhook.sync()
    await eventually('it to be served', () => webhook.servingSinceMs() !== undefined)
    const before = webhook.servingSinceMs() ?? 0
    cluster.known = [gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })]
    expect(webhook.servingSinceMs()).toBeUndefined()
    webhook.sync()
    await eventually('it to be served', () => (webhook.servingSinceMs() ?? 0) > before)
  })

  test('is not even sent again when nothing has changed', async () => {
    const { webhook, requests } = await cluster.startRegistered()
    await untilNothingIsSent(webhook, requests)
  })

  test('is sent once, whatever the API server makes of the fields of a gate', async () => {
    const selector = {
      matchLabels: {},
      matchExpressions: [{ key: 'app', operator: 'Exists' as const, values: [] }],
    }
    cluster.known = [
      gate('zoo', { injection: 'Selector', selector }),
      gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } }),
    ]
    const { webhook, requests } = await cluster.startRegistered()
    await eventually('the webhook to serve', () => webhook.servingSinceMs() !== undefined)
    expect(patchesIn(requests)).toBe(1)
  })

  test('comes back when somebody deletes it', async () => {
    await cluster.startRegistered()
    const uid = (await cluster.readConfiguration()).metadata?.uid
    await cluster.admission.deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
    await eventually(
      'the configuration',
      async () => (await cluster.readConfiguration()).metadata?.uid !== uid,
    )
    await cluster.untilInjected()
  })

  test('is deleted while pods are created without a pause: once it is back, none is missed', async () => {
    await cluster.startRegistered()
    await cluster.untilInjected()
    await using stream = new AdmissionStream(cluster.pods, 2)
    const more = (count: number): Promise<boolean> => {
      const target = stream.created + count
      return eventually(`${count} more pods`, () => stream.created >= target)
    }
    await more(10)
    expect(stream.failures).toEqual([])
    await cluster.admission.deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
    await cluster.untilInjected()
    // Those that were on their way meanwhile.
    await more(4)
    const missed = stream.failures.length
    await more(20)
    await stream.end()
    expect(stream.failures.slice(missed)).toEqual([])
  })

  test.each<[string, (webhooks: V1MutatingWebhook[]) => V1MutatingWebhook[]]>([
    ['takes an entry', ([first]) => (first === undefined ? [] : [first])],
    ['takes all entries', () => []],
    [
      'adds one',
      ([first, ...rest]) => [...rest, { ...first, name: 'another.example.com' } as V1MutatingWebhook],
    ],
    ['changes failurePolicy', all => all.map(one => ({ ...one, failurePolicy: 'Fail' }))],
    [
      'adds a matchCondition that never holds',
      all => all.map(one => ({ ...one, matchConditions: [...(one.matchConditions ?? []), NEVER] })),
    ],
    [
      'adds labels to the selectors',
      all =>
        all.map(one => ({
          ...one,
          namespaceSelector: { ...one.namespaceSelector, matchLabels: { never: 'there' } },
          objectSelector: { ...one.objectSelector, matchLabels: { never: 'there' } },
        })),
    ],
    ['takes the matchConditions', all => all.map(({ matchConditions: _, ...one }) => one)],
    [
      'empties caBundle',
      all => all.map(one => ({ ...one, clientConfig: { ...one.clientConfig, caBundle: '' } })),
    ],
  ])('is put right, at one blow, when somebody %s', async (_title, change) => {
    cluster.known = [
      gate('shop'),
      gate('web', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } }),
    ]
    const { writes } = await cluster.startRegistered()
    const before = await cluster.readConfiguration()
    const name = WEBHOOK_CONFIGURATION_NAME
    const body = { ...before, webhooks: change(structuredClone(before.webhooks ?? [])) }
    await cluster.admission.replaceMutatingWebhookConfiguration({ name, body })
    await eventually('the configuration as it was', async () =>
      isDeepStrictEqual((await cluster.readConfiguration()).webhooks, before.webhooks),
    )
    await cluster.untilInjected()
    expect(writes).toEqual(['Secret', 'configuration', 'configuration'])
  })

  test.each<[string, Partial<V1MutatingWebhook>]>([
    ['a matchCondition that never holds', { matchConditions: [NEVER] }],
    [
      'labels to the selectors',
      {
        namespaceSelector: { matchLabels: { never: 'there' } },
        objectSelector: { matchLabels: { never: 'there' } },
      },
    ],
    ['an entry', { name: 'another.example.com', ...REQUIRED }],
  ])('is put right when another manager applies %s', async (_title, change) => {
    const { webhook, requests, writes } = await cluster.startRegistered()
    const before = await cluster.readConfiguration()
    await applyAsAnother({ name: 'pods.metricgate.io', ...change })
    await eventually('the configuration as it was', async () =>
      isDeepStrictEqual((await cluster.readConfiguration()).webhooks, before.webhooks),
    )
    await cluster.untilInjected()
    expect(writes).toEqual(['Secret', 'configuration', 'configuration'])
    await untilNothingIsSent(webhook, requests)
  })

  test('is deleted with its owner', async () => {
    const rbac = cluster.controlPlane.kubeConfig().makeApiClient(RbacAuthorizationV1Api)
    const { metadata } = await rbac.createClusterRole({ body: { metadata: { name: 'release' } } })
    const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }
    const running = await cluster.startRegistered({
      owner: { ...kind, name: 'release', uid: metadata?.uid ?? '' },
    })
    await running.stop()
    await rbac.deleteClusterRole({ name: 'release' })
    await eventually('both to be gone', async () => {
      const outcomes = await Promise.allSettled([cluster.readConfiguration(), cluster.readSecret()])
      return outcomes.every(outcome => outcome.status === 'rejected' && outcome.reason.code === 404)
    })
  })
})

describe('a pod', () => {
  test('is let in as it is while the webhook is away', async () => {
    const running = await cluster.startRegistered()
    await cluster.untilInjected()
    await running.stop()
    const { pod: created } = await cluster.pods.create(NAMESPACE, pod(optIn('shop')))
    expect(created.spec?.initContainers).toBeUndefined()
    expect(created.spec?.containers).toHaveLength(1)
  })

  test('gets its sidecar again after the API server was away', async () => {
    await cluster.startRegistered()
    await cluster.untilInjected()
    await cluster.controlPlane.killApiServer()
    await cluster.controlPlane.startApiServer()
    await cluster.untilInjected()
  })

  test('gets its sidecar from a webhook that was started while the API server was away', async () => {
    await cluster.controlPlane.killApiServer()
    const { webhook } = await cluster.start()
    expect(webhook.obstacles()[0]).toBe('the Secret and the configuration of the webhook are not known yet')
    await cluster.controlPlane.startApiServer()
    await cluster.untilInjected()
  })
})
