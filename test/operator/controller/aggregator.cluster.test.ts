import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { AnyObject } from './support/admin.ts'
import {
  condition,
  gateObject,
  named,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from './support/cluster.ts'
import { eventually } from './support/eventually.ts'
import { AGGREGATOR, Gates, SPECS } from './support/modes.ts'

jest.setTimeout(120_000)

let cluster: TestCluster
let gates: Gates
let operator: TestOperator

beforeAll(async () => {
  cluster = await TestCluster.start()
  gates = new Gates(cluster)
  operator = await cluster.operator()
}, 600_000)

afterAll(async () => {
  await operator?.stop()
  await cluster?.stop()
})

const DEPLOYMENT = 'mg-aggregator-0-0-web'

async function deploymentOf(namespace: string): Promise<AnyObject> {
  return await cluster.admin.expect(named.deployment(namespace, DEPLOYMENT))
}

describe('what somebody else does to the Deployment of an aggregator', () => {
  const containers = (change: object): AnyObject => ({
    spec: {
      template: { spec: { containers: [{ name: 'aggregator', image: 'metricgate/proxy:1', ...change }] } },
    },
  })
  const edits: [string, AnyObject, (spec: AnyObject) => unknown, unknown][] = [
    [
      'another image',
      containers({ image: 'other:1' }),
      ({ template }) => template.spec.containers[0].image,
      'metricgate/proxy:0.0.0',
    ],
    [
      'other arguments',
      containers({ args: ['--port', '1'] }),
      ({ template }) => template.spec.containers[0].args,
      ['/etc/metricgate/shard-0-of-1.yaml', '--port', '9464', '--wait-for-config'],
    ],
    ['more replicas', { spec: { replicas: 3 } }, ({ replicas }) => replicas, 1],
    [
      'no tolerations',
      { spec: { template: { spec: { tolerations: null } } } },
      ({ template }) => template.spec.tolerations?.length,
      2,
    ],
  ]
  test.each(edits)('is undone: %s', async (_title, change, read, expected) => {
    const namespace = await gates.ready(SPECS.DNS)
    await cluster.admin.merge(named.deployment(namespace, DEPLOYMENT), change)
    await eventually(async () => expect(read((await deploymentOf(namespace)).spec)).toEqual(expected))
  })

  test('is undone: its deletion', async () => {
    const namespace = await gates.ready(SPECS.DNS)
    const before = (await deploymentOf(namespace)).metadata?.uid
    await cluster.admin.delete(named.deployment(namespace, DEPLOYMENT))
    await eventually(async () => expect((await deploymentOf(namespace)).metadata?.uid).not.toBe(before))
  })

  test('stays where it is no field of ours: a restart by kubectl', async () => {
    const namespace = await gates.ready(SPECS.DNS)
    const restartedAt = '2026-01-01T00:00:00Z'
    const annotations = { 'kubectl.kubernetes.io/restartedAt': restartedAt }
    await cluster.admin.merge(named.deployment(namespace, DEPLOYMENT), {
      spec: { template: { metadata: { annotations } } },
    })
    await eventually(async () => {
      await gates.kubelet.run(namespace, AGGREGATOR)
      const { metadata, status } = await deploymentOf(namespace)
      expect(status.observedGeneration).toBe(metadata?.generation)
      expect(status).toMatchObject({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 })
    })
    const { template } = (await deploymentOf(namespace)).spec
    expect(template.metadata.annotations).toMatchObject(annotations)
  })
})

describe('a second reconciliation', () => {
  const patches = (): Promise<number> =>
    operator.metric('metricgate_operator_api_requests_total', { method: 'PATCH' })
  const reconciles = (): Promise<number> => operator.metric('metricgate_operator_reconciles_total')

  async function versions(namespace: string): Promise<Record<string, string | undefined>> {
    const objects = [...(await gates.objects(namespace)), await gates.gate(namespace)]
    return Object.fromEntries(
      objects.map(({ metadata }) => [`${metadata?.uid} ${metadata?.name}`, metadata?.resourceVersion]),
    )
  }

  const spec = { ...SPECS.Subset, aggregator: { shards: 2, networkPolicy: { enabled: true } } }

  test('sends nothing', async () => {
    const namespace = await gates.ready(spec)
    await eventually(async () => expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0))
    const before = await versions(namespace)
    const [sent, runs] = await Promise.all([patches(), reconciles()])
    await cluster.admin.merge(refs.gate(namespace, 'web'), { metadata: { annotations: { note: 'x' } } })
    await eventually(async () => expect(await reconciles()).toBeGreaterThan(runs))
    expect((await patches()) - sent).toBe(0)
    const { metadata } = await gates.gate(namespace)
    const unchanged = { ...before, [`${metadata?.uid} web`]: metadata?.resourceVersion }
    expect(await versions(namespace)).toEqual(unchanged)
  })

  test('because of a status that an aggregator reports applies nothing', async () => {
    const namespace = await gates.ready(SPECS.DNS)
    await eventually(async () => expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0))
    const applied = (): Promise<number> => operator.metric('metricgate_operator_objects_applied_total')
    const before = await applied()
    for (const ready of [false, true]) {
      await gates.kubelet.run(namespace, AGGREGATOR, ready)
      await eventually(async () =>
        expect(condition(await gates.gate(namespace), 'AggregatorReady')).toMatch(ready ? /^True/ : /^False/),
      )
    }
    expect(await applied()).toBe(before)
  })

  test('by an operator that has just started changes nothing', async () => {
    const namespace = await gates.ready(spec)
    const before = await versions(namespace)
    await operator.stop()
    operator = await cluster.operator()
    await eventually(async () => expect(await reconciles()).toBeGreaterThan(0))
    await eventually(async () => expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0))
    expect(await versions(namespace)).toEqual(before)
  })
})

describe('status', () => {
  test('of a gate whose aggregator does not start in time is stalled, and says why', async () => {
    const namespace = await cluster.namespace()
    await cluster.admin.apply(gateObject(namespace, 'web', SPECS.DNS))
    await eventually(() => deploymentOf(namespace))
    await cluster.admin.merge(named.deployment(namespace, DEPLOYMENT), {
      spec: { progressDeadlineSeconds: 1 },
    })
    await eventually(async () => {
      const gate = await gates.gate(namespace)
      expect(condition(gate, 'Stalled')).toBe('True AggregatorFailed')
      expect(condition(gate, 'AggregatorReady')).toBe('False AggregatorFailed')
    }, 60_000)
    await gates.becomesReady(namespace)
  })

  test('of a gate whose aggregator may not run says so', async () => {
    const namespace = await cluster.namespace()
    const hard = { 'requests.memory': '1Mi' }
    await cluster.admin.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace },
      spec: { hard },
    })
    await cluster.admin.apply(gateObject(namespace, 'web', SPECS.DNS))
    await eventually(async () => {
      const { status } = await gates.gate(namespace)
      const found = status.conditions.find(({ type }: { type: string }) => type === 'AggregatorReady')
      expect(found).toMatchObject({ status: 'False', message: expect.stringContaining('exceeded quota') })
    })
  })

  test('counts the pods that have the named port, whatever number it has there', async () => {
    const namespace = await gates.ready({ ...SPECS.DNS, targets: [{ port: 'http' }] })
    const runPod = async (name: string, ports: object[]): Promise<void> => {
      const { spec: _, ...pod } = podObject(namespace, name)
      const containers = [{ name: 'app', image: 'app:1', ports }]
      const labels = { app: 'web' }
      await cluster.admin.apply({ ...pod, metadata: { ...pod.metadata, labels }, spec: { containers } })
      await gates.kubelet.run(namespace, 'app=web')
    }
    await runPod('without', [])
    await eventually(async () => {
      const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace }
      const slices = await cluster.admin.list(slice, 'metricgate.io/targets=web')
      expect(slices.flatMap(({ endpoints }) => endpoints ?? [])).toHaveLength(1)
    })
    await runPod('one', [{ name: 'http', containerPort: 81 }])
    await runPod('other', [{ name: 'http', containerPort: 82 }])
    await eventually(async () =>
      expect((await gates.gate(namespace)).status.targets).toEqual({ resolved: 2, ready: 2 }),
    )
  })

  test('counts the targets of an aggregator, and those that are ready', async () => {
    const namespace = await gates.ready(SPECS.DNS)
    for (const name of ['one', 'other', 'third']) {
      const pod = podObject(namespace, name)
      const labels = { app: 'web', name }
      await cluster.admin.apply({ ...pod, metadata: { ...pod.metadata, labels } })
    }
    await gates.kubelet.run(namespace, 'app=web,name!=third')
    await gates.kubelet.run(namespace, 'name=third', false)
    await eventually(async () =>
      expect((await gates.gate(namespace)).status.targets).toEqual({ resolved: 3, ready: 2 }),
    )
    await gates.kubelet.run(namespace, 'name=third')
    await eventually(async () => expect((await gates.gate(namespace)).status.targets.ready).toBe(3))
  })
})

describe('two replicas of an aggregator', () => {
  const replica = (number: string): string => `${AGGREGATOR},metricgate.io/replica=${number}`

  async function bothAreAvailable(namespace: string): Promise<void> {
    await eventually(async () => {
      const { status } = await gates.gate(namespace)
      const { message } = status.conditions.find(({ type }: { type: string }) => type === 'AggregatorReady')
      expect(message).toMatch(/^2 of 2 aggregators are available/)
    })
  }

  async function led(namespace: string): Promise<string | undefined> {
    const service = await cluster.admin.expect(named.service(namespace, 'mg-aggregator-0-web'))
    return service.spec.selector['metricgate.io/replica']
  }

  test('are scraped one at a time: the other when the first is lost, and the first no sooner than need be', async () => {
    const namespace = await gates.ready({ ...SPECS.DNS, aggregator: { replicas: 2 } })
    await bothAreAvailable(namespace)
    // Whichever was available first.
    const first = (await led(namespace)) ?? ''
    const other = first === '0' ? '1' : '0'
    await gates.kubelet.run(namespace, replica(first), false)
    await eventually(async () => expect(await led(namespace)).toBe(other))
    expect(condition(await gates.gate(namespace), 'Ready')).toBe('True Reconciled')

    await gates.kubelet.run(namespace, replica(first))
    await bothAreAvailable(namespace)
    expect(await led(namespace)).toBe(other)

    await operator.stop()
    operator = await cluster.operator()
    await eventually(async () =>
      expect(await operator.metric('metricgate_operator_reconciles_total')).toBeGreaterThan(0),
    )
    await eventually(async () => expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0))
    expect(await led(namespace)).toBe(other)
  })
})

test('the pods of an aggregator are let in by Pod Security "restricted", and get no sidecar of anybody', async () => {
  const namespace = await cluster.namespace()
  await cluster.admin.merge(
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
  )
  const expressions = [{ key: 'nobody-has-this', operator: 'DoesNotExist' }]
  await cluster.admin.apply(
    gateObject(namespace, 'all', { injection: 'Selector', selector: { matchExpressions: expressions } }),
  )
  await eventually(async () =>
    expect(condition(await cluster.admin.expect(refs.gate(namespace, 'all')), 'Ready')).toMatch(/^True/),
  )
  await gates.ready(SPECS.DNS, namespace)
  const [pod] = await gates.kubelet.pods(namespace, AGGREGATOR)
  expect([...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])]).toHaveLength(1)
})
