import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { installMonitorCrds, removeMonitorCrds } from '../../cluster/index.ts'
import type { AnyObject } from './support/admin.ts'
import {
  condition,
  gateObject,
  named,
  operatorManifests,
  refs,
  TestCluster,
  type TestOperator,
} from './support/cluster.ts'
import { eventually } from './support/eventually.ts'

jest.setTimeout(90_000)

let cluster: TestCluster
let operator: TestOperator | undefined

beforeAll(async () => {
  cluster = await TestCluster.start({ monitors: false, gates: 'unchecked' })
}, 600_000)

afterEach(async () => {
  await operator?.stop()
  operator = undefined
})

afterAll(() => cluster?.stop())

/** What a condition of the gate says, eventually. */
async function eventualCondition(namespace: string, type: string, expected: string): Promise<string> {
  return eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(condition(gate, type)).toBe(expected)
    return gate.status.conditions.find((candidate: { type: string }) => candidate.type === type).message
  }, 60_000)
}

async function newGate(spec: Record<string, unknown> = {}): Promise<string> {
  const namespace = await cluster.namespace()
  await cluster.admin.apply(gateObject(namespace, 'web', spec))
  return namespace
}

describe('a gate that is invalid although the API server took it', () => {
  const invalid = { metricRelabelings: [{ action: 'keep', sourceLabels: ['a'], regex: '(' }] }

  test('says which field it is', async () => {
    operator = await cluster.operator()
    const namespace = await newGate(invalid)
    expect(await eventualCondition(namespace, 'Stalled', 'True Invalid')).toMatch(
      /^spec\.metricRelabelings\[0\]\.regex: /,
    )
    expect(await cluster.admin.get(refs.configMap(namespace, 'web'))).toBeUndefined()
  })

  test('keeps what it had when it was valid', async () => {
    operator = await cluster.operator()
    const namespace = await newGate()
    await eventualCondition(namespace, 'Ready', 'True Reconciled')
    const before = await cluster.admin.expect(refs.configMap(namespace, 'web'))
    const { status } = await cluster.admin.expect(refs.gate(namespace, 'web'))
    await cluster.admin.apply(gateObject(namespace, 'web', invalid))
    await eventualCondition(namespace, 'Stalled', 'True Invalid')
    expect((await cluster.admin.expect(refs.configMap(namespace, 'web'))).data).toEqual(before.data)
    expect((await cluster.admin.expect(refs.gate(namespace, 'web'))).status.configHash).toBe(
      status.configHash,
    )
  })

  test('recovers when it is mended', async () => {
    operator = await cluster.operator()
    const namespace = await newGate(invalid)
    await eventualCondition(namespace, 'Stalled', 'True Invalid')
    await cluster.admin.apply(gateObject(namespace, 'web'))
    await eventualCondition(namespace, 'Ready', 'True Reconciled')
    await eventualCondition(namespace, 'Stalled', 'False Reconciled')
  })
})

test('the CRDs of the monitors are missing, come, go, and come back', async () => {
  operator = await cluster.operator()
  const namespace = await newGate()
  await eventualCondition(namespace, 'MonitorReady', 'False CrdMissing')
  await eventualCondition(namespace, 'Ready', 'True Reconciled')

  await installMonitorCrds(cluster.controlPlane.kubeConfig())
  await eventualCondition(namespace, 'MonitorReady', 'True Applied')
  await cluster.admin.expect(refs.serviceMonitor(namespace, 'web'))

  await removeMonitorCrds(cluster.controlPlane.kubeConfig())
  await eventualCondition(namespace, 'MonitorReady', 'False CrdMissing')
  await eventualCondition(namespace, 'Ready', 'True Reconciled')
  expect(operator.obstacles()).toEqual([])

  await installMonitorCrds(cluster.controlPlane.kubeConfig())
  await eventualCondition(namespace, 'MonitorReady', 'True Applied')
  await eventually(() => cluster.admin.expect(refs.serviceMonitor(namespace, 'web')))
})

test('the API server dies and comes back: what changed meanwhile is caught up with', async () => {
  operator = await cluster.operator()
  const before = await newGate()
  await eventualCondition(before, 'Ready', 'True Reconciled')

  await cluster.controlPlane.killApiServer()
  await eventually(async () => {
    const failed = await operator?.metric('metricgate_operator_watch_restarts_total', { reason: 'failed' })
    expect(failed).toBeGreaterThanOrEqual(4)
  })
  await cluster.controlPlane.startApiServer()
  await cluster.admin.delete(refs.configMap(before, 'web'))
  const during = await newGate()
  await eventualCondition(during, 'Ready', 'True Reconciled')
  await eventually(() => cluster.admin.expect(refs.configMap(before, 'web')))

  // And the watches work again: nothing has to be listed for this.
  const after = await newGate()
  await eventualCondition(after, 'Ready', 'True Reconciled')
  await cluster.admin.delete(refs.gate(after, 'web'))
  await eventually(async () => expect(await cluster.admin.get(refs.configMap(after, 'web'))).toBeUndefined())
})

describe('permissions', () => {
  /** Takes one verb on one resource from the operator's ClusterRole. */
  async function forbid(resource: string, verb: string): Promise<void> {
    const role = await clusterRole()
    await cluster.admin.apply({
      ...role,
      rules: role.rules.flatMap((rule: Rule) => without(rule, resource, verb)),
    })
  }

  interface Rule {
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }

  function without(rule: Rule, resource: string, verb: string): Rule[] {
    if (!rule.resources.includes(resource)) return [rule]
    const others = { ...rule, resources: rule.resources.filter(other => other !== resource) }
    const reduced = { ...rule, resources: [resource], verbs: rule.verbs.filter(other => other !== verb) }
    return others.resources.length === 0 ? [reduced] : [others, reduced]
  }

  async function clusterRole(): Promise<AnyObject> {
    const role = (await operatorManifests()).find(
      ({ kind, metadata }) => kind === 'ClusterRole' && metadata?.name === 'metricgate-operator',
    )
    if (role === undefined) throw new Error('the manifests have no ClusterRole metricgate-operator')
    return role
  }

  afterEach(async () => {
    await cluster.admin.apply(await clusterRole())
  })

  const DNS = { mode: 'DNS', selector: { matchLabels: { app: 'web' } } }
  const NETWORK_POLICY = { aggregator: { networkPolicy: { enabled: true } } }
  test.each([
    {
      resource: 'services',
      spec: {},
      refused: 'Service metricgate-web',
      done: refs.configMap,
      recovered: { Ready: 'True Reconciled' },
    },
    {
      resource: 'deployments',
      spec: DNS,
      refused: 'Deployment mg-aggregator-0-0-web',
      done: (namespace: string) => named.service(namespace, 'mg-aggregator-0-web'),
      recovered: { Reconciling: 'True AggregatorProgressing' },
    },
    {
      resource: 'networkpolicies',
      spec: { ...DNS, ...NETWORK_POLICY },
      refused: 'NetworkPolicy mg-aggregator-web',
      done: (namespace: string) => named.deployment(namespace, 'mg-aggregator-0-0-web'),
      recovered: { Reconciling: 'True AggregatorProgressing' },
    },
  ])(
    'that lack a verb on $resource stall the gate, which says what is missing; and it recovers when it is granted',
    async ({ resource, spec, refused, done, recovered }) => {
      await forbid(resource, 'create')
      operator = await cluster.operator()
      const namespace = await newGate(spec)
      const message = await eventualCondition(namespace, 'Stalled', 'True Forbidden')
      expect(message).toContain(`apply ${refused}`)
      expect(message).toContain(
        `User "system:serviceaccount:metricgate-system:metricgate-operator" cannot create resource "${resource}"`,
      )
      // What is allowed is done.
      await cluster.admin.expect(done(namespace, 'web'))
      // The log says so after the status does.
      const { log } = operator
      await eventually(async () =>
        expect(log.map(({ msg }) => msg).join('\n')).toContain(`cannot create resource "${resource}"`),
      )

      await cluster.admin.apply(await clusterRole())
      for (const [type, state] of Object.entries(recovered)) await eventualCondition(namespace, type, state)
    },
  )

  test('that are taken from a running operator stall the gate that needs them; what it has stays, and it recovers', async () => {
    operator = await cluster.operator()
    const namespace = await newGate()
    await eventualCondition(namespace, 'Ready', 'True Reconciled')
    const before = await cluster.admin.expect(refs.configMap(namespace, 'web'))

    await forbid('configmaps', 'patch')
    const drop = { action: 'Drop', sourceLabels: ['__name__'], regex: 'go_.*' }
    // The API server may let a few changes through until it knows.
    let changes = 0
    await eventually(async () => {
      const regex = `go_.*|process_${changes++}.*`
      await cluster.admin.apply(gateObject(namespace, 'web', { metricRelabelings: [{ ...drop, regex }] }))
      const { conditions } = await eventually(async () => {
        const { metadata, status } = await cluster.admin.expect(refs.gate(namespace, 'web'))
        expect(status.observedGeneration).toBe(metadata?.generation)
        return status
      })
      const stalled = conditions.find(({ type }: { type: string }) => type === 'Stalled')
      expect(stalled.message).toContain('cannot patch resource "configmaps"')
    }, 60_000)
    const during = await cluster.admin.expect(refs.configMap(namespace, 'web'))
    expect(during.metadata?.uid).toBe(before.metadata?.uid)
    expect(Object.keys(during.data)).toEqual(Object.keys(before.data))

    await cluster.admin.apply(await clusterRole())
    await eventualCondition(namespace, 'Ready', 'True Reconciled')
    const { data } = await cluster.admin.expect(refs.configMap(namespace, 'web'))
    expect(Object.values(data).join()).toContain(`process_${changes - 1}`)
  })

  test.each([
    ['pods', '/api/v1/pods'],
    ['endpointslices', '/apis/discovery.k8s.io/v1/endpointslices'],
  ])(
    'to watch %s that are missing keep the operator from being ready, and it says which',
    async (resource, path) => {
      await forbid(resource, 'list')
      operator = await cluster.operator([], { works: false })
      await eventually(() =>
        expect(operator?.obstacles().join('\n')).toContain(
          `${resource} are not known yet: GET ${path}: 403 Forbidden: `,
        ),
      )
      await cluster.admin.apply(await clusterRole())
      await operator.started
      await eventually(() => expect(operator?.obstacles()).toEqual([]))
    },
  )
})
