import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { V1Container, V1SecurityContext } from '@kubernetes/client-node'
import { eventually } from '../../cluster/index.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import { gateObject, podObject, refs, TestCluster, type TestOperator } from '../controller/support/cluster.ts'
import { PodCreator } from './running.ts'

jest.setTimeout(90_000)

/** What Pod Security wants of every container. */
const RESTRICTED: V1SecurityContext = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const OWN_NAMESPACE = 'metricgate-system'
const WEB = { injection: 'Selector', selector: { matchLabels: { app: 'web' } } }
const RESOURCES = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '200m', memory: '256Mi' } }

let cluster: TestCluster
let operator: TestOperator
let pods: PodCreator
let namespace: string

beforeAll(async () => {
  // As an older CRD might be, which lets gates in that the operator refuses.
  cluster = await TestCluster.start({ gates: 'unchecked', monitors: false })
  operator = await cluster.operator([
    `--proxy-resources=${JSON.stringify(RESOURCES)}`,
    '--proxy-run-as-user=image',
  ])
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

describe('where a ResourceQuota is on limits.cpu, a pod that has such a limit', () => {
  const memory = { limits: { memory: '256Mi' } }
  const cpu = { limits: { cpu: '50m', memory: '256Mi' } }

  beforeEach(async () => {
    for (const [name, resources] of Object.entries({ unlimited: memory, limited: cpu })) {
      const selector = { matchLabels: { app: name } }
      await cluster.admin.apply(gateObject(namespace, name, { ...WEB, selector, proxy: { resources } }))
      await untilGate(name, name)
    }
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota' }
    const metadata = { name: 'cpu', namespace }
    await cluster.admin.apply({ ...quota, metadata, spec: { hard: { 'limits.cpu': '4' } } })
    await eventually('the quota to be in force', async () => {
      return (await cluster.admin.expect({ ...quota, ...metadata })).status?.hard?.['limits.cpu'] === '4'
    })
  })

  test('is refused for its sidecar, if the gate gives that none', async () => {
    await expect(sidecarOf('unlimited', { resources: { limits: { cpu: '1' } } })).rejects.toThrow(
      /^403: .*failed quota: cpu: must specify limits\.cpu for: metricgate$/,
    )
  })

  test.each([
    ['limited', "the gate's", cpu.limits],
    ['web', "the operator's", RESOURCES.limits],
  ])('is let in with the sidecar of gate "%s", which has %s limit', async (app, _whose, limits) => {
    const sidecar = await sidecarOf(app, { resources: { limits: { cpu: '1' } } })
    expect(sidecar?.resources?.limits).toEqual(limits)
  })
})

test('a sidecar whose user the image names is admitted by Pod Security "restricted"', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await cluster.admin.merge(
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    { metadata: { labels } },
  )
  const app = { securityContext: RESTRICTED }
  await eventually('it to be enforced', () =>
    sidecarOf('web', {}).then(
      () => false,
      () => true,
    ),
  )
  const sidecar = await sidecarOf('web', app)
  expect(sidecar?.securityContext).toMatchObject({ runAsNonRoot: true })
  expect(sidecar?.securityContext).not.toHaveProperty('runAsUser')
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

/** The sidecar of a new pod of the app, whose container is like this; throws when the API server refuses the pod. */
async function sidecarOf(app: string, like: Partial<V1Container>): Promise<V1Container | undefined> {
  const pod = podObject(namespace, 'pod')
  const metadata = { ...pod.metadata, labels: { app } }
  const spec = { containers: [{ ...pod.spec.containers[0], ...like }] }
  const { pod: shown } = await pods.create(namespace, { ...pod, metadata, spec }, { dryRun: true })
  return shown.spec?.initContainers?.[0]
}

/** Whatever else pods have to be there, they are let in. */
function letIn(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
  return cluster.admin.merge({ apiVersion: 'v1', kind: 'Namespace', name }, { metadata: { labels } })
}
