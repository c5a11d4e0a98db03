import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { condition, gateObject, podObject, refs, TestCluster, type TestOperator } from './support/cluster.ts'
import { eventually } from './support/eventually.ts'
import { AGGREGATOR, Gates, SPECS } from './support/modes.ts'

jest.setTimeout(120_000)

const SIDECARS = ['ConfigMap metricgate-web', 'Service metricgate-web', 'ServiceMonitor metricgate-web']
const AGGREGATORS = [
  'ConfigMap mg-aggregator-web',
  'Deployment mg-aggregator-0-0-web',
  'Service mg-aggregator-0-web',
  'ServiceMonitor mg-aggregator-web',
]
/** What a gate has in each mode, sorted. */
const OBJECTS = {
  Sidecar: SIDECARS,
  DNS: [...AGGREGATORS, 'Service mg-targets-web'].sort(),
  Subset: [...SIDECARS, ...AGGREGATORS].sort(),
}
type Mode = keyof typeof OBJECTS
const ALL_MODES = Object.keys(OBJECTS) as Mode[]

let cluster: TestCluster
let gates: Gates
let operator: TestOperator

beforeAll(async () => {
  cluster = await TestCluster.start()
  gates = new Gates(cluster)
  operator = await cluster.operator()
}, 600_000)

afterAll(async () => {
  // What the manifests allow was enough for all of this.
  expect(await operator?.metric('metricgate_operator_api_requests_total', { code: '403' })).toBe(0)
  await operator?.stop()
  await cluster?.stop()
})

describe('the objects of a gate', () => {
  test.each(ALL_MODES)('of mode %s are these, all owned by it and applied by us', async mode => {
    const namespace = await gates.ready(SPECS[mode])
    expect(await gates.names(namespace)).toEqual(OBJECTS[mode])
    const { metadata } = await gates.gate(namespace)
    for (const object of await gates.objects(namespace)) {
      expect(object.metadata?.ownerReferences?.map(({ uid }) => uid)).toEqual([metadata?.uid])
      expect(object.metadata?.managedFields).toContainEqual(
        expect.objectContaining({ manager: 'metricgate-operator', operation: 'Apply' }),
      )
    }
  })

  const switches = ALL_MODES.flatMap(from => ALL_MODES.filter(to => to !== from).map(to => ({ from, to })))
  test.each(switches)(
    'after a switch from mode $from to $to are those of $to alone',
    async ({ from, to }) => {
      const namespace = await gates.ready(SPECS[from])
      await cluster.admin.apply(gateObject(namespace, 'web', SPECS[to]))
      await gates.becomesReady(namespace)
      await eventually(async () => expect(await gates.names(namespace)).toEqual(OBJECTS[to]))
      const { status } = await gates.gate(namespace)
      expect(status.targets === undefined).toBe(to === 'Sidecar')
    },
  )

  test('go with the gate', async () => {
    const namespace = await gates.ready({
      ...SPECS.Subset,
      aggregator: { networkPolicy: { enabled: true } },
    })
    await cluster.admin.delete(refs.gate(namespace, 'web'))
    await eventually(async () => expect(await gates.names(namespace)).toEqual([]), 60_000)
    await eventually(async () => expect(await gates.kubelet.pods(namespace, AGGREGATOR)).toEqual([]), 60_000)
  })

  test('become fewer with its shards, replicas and NetworkPolicy', async () => {
    const aggregator = { shards: 2, replicas: 2, networkPolicy: { enabled: true } }
    const namespace = await gates.ready({ ...SPECS.Subset, aggregator })
    expect(await gates.names(namespace)).toEqual(
      [
        ...SIDECARS,
        ...AGGREGATORS,
        'Deployment mg-aggregator-0-1-web',
        'Deployment mg-aggregator-1-0-web',
        'Deployment mg-aggregator-1-1-web',
        'Service mg-aggregator-1-web',
        'NetworkPolicy mg-aggregator-web',
      ].sort(),
    )
    await cluster.admin.apply(gateObject(namespace, 'web', SPECS.Subset))
    await eventually(async () => expect(await gates.names(namespace)).toEqual(OBJECTS.Subset))
  })
})

describe('a switch from sidecars to an aggregator', () => {
  test('leaves what the sidecars are scraped by until the aggregator runs', async () => {
    const namespace = await gates.ready(SPECS.Sidecar)
    await cluster.admin.apply(gateObject(namespace, 'web', SPECS.DNS))
    await eventually(async () => {
      const gate = await gates.gate(namespace)
      expect(condition(gate, 'Reconciling')).toBe('True AggregatorProgressing')
      expect(gate.status.observedGeneration).toBe(2)
    })
    expect(await gates.names(namespace)).toEqual(expect.arrayContaining(SIDECARS.slice(1)))
    await gates.becomesReady(namespace)
    await eventually(async () => expect(await gates.names(namespace)).toEqual(OBJECTS.DNS))
  })

  test('leaves the configuration of the sidecars until the last of their pods is replaced', async () => {
    const namespace = await gates.ready(SPECS.Sidecar)
    await cluster.admin.apply(podObject(namespace, 'old', { 'metricgate.io/inject': 'web' }))
    await eventually(async () => expect((await gates.gate(namespace)).status.pods.injected).toBe(1))
    await cluster.admin.apply(gateObject(namespace, 'web', SPECS.DNS))
    await gates.becomesReady(namespace)
    const withConfiguration = ['ConfigMap metricgate-web', ...OBJECTS.DNS].sort()
    await eventually(async () => expect(await gates.names(namespace)).toEqual(withConfiguration))
    expect((await gates.gate(namespace)).status.pods).toEqual({
      matched: 1,
      injected: 1,
      missed: 0,
      outdated: 1,
    })

    await cluster.admin.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'old' })
    await cluster.admin.apply(podObject(namespace, 'new', { 'metricgate.io/inject': 'web' }))
    await eventually(async () => expect(await gates.names(namespace)).toEqual(OBJECTS.DNS))
    const [pod] = await gates.kubelet.pods(namespace, 'metricgate.io/gate=web')
    expect(pod).toBeUndefined()
  })
})
