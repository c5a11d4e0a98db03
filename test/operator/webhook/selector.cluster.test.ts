import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually } from '../../cluster/index.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import { gateObject, podObject, refs, TestCluster, type TestOperator } from '../controller/support/cluster.ts'
import { PodCreator } from './running.ts'

jest.setTimeout(90_000)

const OWN_NAMESPACE = 'metricgate-system'
const WEB = { injection: 'Selector', selector: { matchLabels: { app: 'web' } } }

let cluster: TestCluster
let operator: TestOperator
let pods: PodCreator
let namespace: string

beforeAll(async () => {
  // As an older CRD might be, which lets gates in that the operator refuses.
  cluster = await TestCluster.start({ gates: 'unchecked', monitors: false })
  operator = await cluster.operator()
  pods = new PodCreator(cluster.controlPlane)
  await eventually('the operator to be ready', () => operator.obstacles().length === 0)
}, 600_000)

afterAll(async () => {
  await operator?.stop()
  await pods?.[Symbol.asyncDispose]()
  await cluster?.stop()
})

beforeEach(async () => {
  namespace = await cluster.namespace()
  await cluster.admin.apply(gateObject(namespace, 'web', WEB))
  await untilGate('web', 'web')
})

afterEach(() => cluster.admin.delete(refs.gate(namespace, 'web')))

/** The gate whose sidecar a new pod of the app gets; "none" when it gets none. */
async function gateOf(
  app: string,
  annotations: Record<string, string> = {},
  where: string = namespace,
): Promise<string> {
  const pod = podObject(where, 'pod', annotations)
  const labelled = { ...pod, metadata: { ...pod.metadata, labels: { app } } }
  const { pod: shown } = await pods.create(where, labelled, { dryRun: true })
  return shown.metadata?.labels?.['metricgate.io/gate'] ?? 'none'
}

/** The API server knows of a change a moment later. */
async function untilGate(app: string, gate: string): Promise<void> {
  await eventually(`pods of "${app}" to get: ${gate}`, async () => (await gateOf(app)) === gate)
}

/** Names of the entries for this namespace's gates. */
async function entries(): Promise<string[]> {
  const ref = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
  const { webhooks } = await cluster.admin.expect({ ...ref, name: 'metricgate' })
  return (webhooks as { name: string }[])
    .map(({ name }) => name)
    .filter(name => name.endsWith(`.${namespace}.pods.metricgate.io`))
}

describe('the entry of a gate with injection: Selector', () => {
  test('is there with the gate, for the pods that it selects', async () => {
    expect(await entries()).toEqual([`web.${namespace}.pods.metricgate.io`])
    expect(await gateOf('db')).toBe('none')
  })

  test('follows its selector', async () => {
    const selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'db'] }] }
    await cluster.admin.apply(gateObject(namespace, 'web', { ...WEB, selector }))
    await untilGate('api', 'web')
    expect([await gateOf('db'), await gateOf('web')]).toEqual(['web', 'none'])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['it is deleted', () => cluster.admin.delete(refs.gate(namespace, 'web'))],
    ['it injects by annotation', () => change({ ...WEB, injection: 'Annotation' })],
    ['its mode has no sidecars', () => change({ ...WEB, mode: 'DNS' })],
    [
      'it is not valid any more',
      () => change({ ...WEB, metricRelabelings: [{ action: 'keep', regex: '(' }] }),
    ],
  ])('goes when %s', async (_title, happen) => {
    await happen()
    await untilGate('web', 'none')
    await eventually('no entry', async () => (await entries()).length === 0)
    expect(await gateOf('web')).toBe('none')
  })

  test('comes back when the gate is valid again', async () => {
    await change({ ...WEB, metricRelabelings: [{ action: 'keep', regex: '(' }] })
    await untilGate('web', 'none')
    await change({ ...WEB, metricRelabelings: [] })
    await untilGate('web', 'web')
  })

  test('is one of several, each for its own pods', async () => {
    await cluster.admin.apply(
      gateObject(namespace, 'api', { ...WEB, selector: { matchLabels: { app: 'api' } } }),
    )
    await untilGate('api', 'api')
    expect(await gateOf('web')).toBe('web')
    await cluster.admin.delete(refs.gate(namespace, 'api'))
    await untilGate('api', 'none')
    expect(await gateOf('web')).toBe('web')
  })
})

describe('is left alone, whatever a gate selects:', () => {
  test('a pod that opts out', async () => {
    expect(await gateOf('web', { 'metricgate.io/inject': 'false' })).toBe('none')
  })

  test('a namespace with the label for that, from then on', async () => {
    const label = (value: string): Promise<void> =>
      cluster.admin.merge(
        { apiVersion: 'v1', kind: 'Namespace', name: namespace },
        { metadata: { labels: { 'metricgate.io/injection': value } } },
      )
    await label('disabled')
    await untilGate('web', 'none')
    expect(await gateOf('web', { 'metricgate.io/inject': 'web' })).toBe('none')
    await label('enabled')
    await untilGate('web', 'web')
  })

  test.each(['kube-system', OWN_NAMESPACE])('namespace %s', async left => {
    await letIn(left)
    await cluster.admin.apply(gateObject(left, 'web', WEB))
    const name = `web.${left}.pods.metricgate.io`
    const ref = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
    await eventually('its entry', async () => {
      const { webhooks } = await cluster.admin.expect({ ...ref, name: 'metricgate' })
      return (webhooks as { name: string }[]).some(entry => entry.name === name)
    })
    // A gate that comes later is in force: so is the one before.
    await cluster.admin.apply(
      gateObject(namespace, 'api', { ...WEB, selector: { matchLabels: { app: 'api' } } }),
    )
    await untilGate('api', 'api')
    expect(await gateOf('web', {}, left)).toBe('none')
    expect(await gateOf('web', { 'metricgate.io/inject': 'web' }, left)).toBe('none')
    await cluster.admin.delete(refs.gate(left, 'web'))
  })
})

test('the metrics say when the certificates expire, and how often anything was written', async () => {
  const kinds = ['leaf', 'authority'] as const
  const [leafSeconds, authoritySeconds] = await Promise.all(
    kinds.map(kind => operator.metric('metricgate_operator_certificate_expiry_timestamp_seconds', { kind })),
  )
  const daysFromNow = (seconds = 0): number => Math.round((seconds - Date.now() / 1_000) / 86_400)
  expect([daysFromNow(leafSeconds), daysFromNow(authoritySeconds)]).toEqual([90, 730])
  expect(await operator.metric('metricgate_operator_certificate_renewals_total')).toBe(1)
  const written = await operator.metric('metricgate_operator_webhook_registrations_total')
  await cluster.admin.apply(gateObject(namespace, 'web', { injection: 'Annotation' }))
  await eventually('it to be written once more', async () => {
    return (await operator.metric('metricgate_operator_webhook_registrations_total')) === written + 1
  })
})

function change(spec: Record<string, unknown>): Promise<AnyObject> {
  return cluster.admin.apply(gateObject(namespace, 'web', spec))
}

/** Whatever else pods have to be there, they are let in. */
function letIn(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
  return cluster.admin.merge({ apiVersion: 'v1', kind: 'Namespace', name }, { metadata: { labels } })
}
