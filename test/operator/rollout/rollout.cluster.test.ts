import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { readRestartable } from '../../../operator/rollout/workload.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import {
  condition,
  manifest,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { AGGREGATOR } from '../controller/support/modes.ts'
import { Workloads, workloadObject } from './workloads.ts'

jest.setTimeout(120_000)

const IMAGE = 'metricgate/proxy:0.0.0'

let cluster: TestCluster
let workloads: Workloads
let operator: TestOperator | undefined

beforeAll(async () => {
  cluster = await TestCluster.start()
  workloads = new Workloads(cluster)
  for (const object of await manifest('rollout.yaml')) await cluster.admin.apply(object)
}, 600_000)

afterEach(async () => {
  // What the manifests allow was enough.
  expect((await operator?.metric('metricgate_operator_api_requests_total', { code: '403' })) ?? 0).toBe(0)
  await operator?.stop()
  operator = undefined
})

afterAll(() => cluster?.stop())

/** A namespace with a gate, and workloads whose pods came while the webhook was away. */
async function missed(
  proxy: Record<string, unknown>,
  ...made: Parameters<typeof workloadObject>[1][]
): Promise<string> {
  await operator?.stop()
  const namespace = await cluster.namespace()
  await workloads.gate(namespace, proxy)
  for (const options of made) await workloads.run(workloadObject(namespace, options))
  return namespace
}

async function rolledOut(namespace: string): Promise<string> {
  return condition(await cluster.admin.expect(refs.gate(namespace, 'web')), 'RolledOut')
}

/** Waits until all is as it should be, while pods run as they are made. */
async function becomesUpToDate(namespace: string): Promise<void> {
  await workloads.untilAsPodsRun(namespace, async () => {
    expect(await rolledOut(namespace)).toBe('True UpToDate')
    expect((await workloads.status(namespace)).pods).toMatchObject({ missed: 0, outdated: 0 })
  })
}

/** Requests by which the operator has changed something. */
async function writes(): Promise<number> {
  const counts = await Promise.all(
    ['POST', 'PATCH', 'PUT', 'DELETE'].map(method =>
      operator?.metric('metricgate_operator_api_requests_total', { method }),
    ),
  )
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

describe('pods that missed their sidecar', () => {
  test.each(['Deployment', 'StatefulSet'])('get it: their %s is restarted, once', async kind => {
    const namespace = await missed({}, { kind })
    expect(await workloads.pods(namespace)).toEqual(['none', 'none'])
    const before = await workloads.workload(namespace, 'web', kind)
    operator = await cluster.operator()
    await becomesUpToDate(namespace)
    expect(await workloads.pods(namespace)).toEqual([IMAGE, IMAGE])
    const after = await workloads.workload(namespace, 'web', kind)
    expect(after.metadata?.generation).toBe((before.metadata?.generation ?? 0) + 1)
    const { restartedAt } = readRestartable(JSON.parse(JSON.stringify(after)))
    expect(restartedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    await eventually(async () =>
      expect(
        await workloads.events(namespace, 'PodsMissedInjection', 'RolloutStarted', 'RolloutSkipped'),
      ).toEqual([
        'PodsMissedInjection 2 of 2 pods have no sidecar',
        `RolloutStarted restarted ${kind} web, whose pods do not have the sidecar that they should have`,
      ]),
    )
  })

  test('are counted and no more where rollout is Never', async () => {
    const namespace = await missed({ rollout: 'Never' }, {})
    const before = await workloads.workload(namespace)
    operator = await cluster.operator()
    await eventually(async () =>
      expect((await workloads.status(namespace)).pods).toMatchObject({ matched: 2, missed: 2 }),
    )
    // A restart would have come by the time that another gate's has.
    const other = await missed({}, {})
    operator = await cluster.operator()
    await becomesUpToDate(other)
    expect((await workloads.workload(namespace)).metadata?.generation).toBe(before.metadata?.generation)
    expect(await rolledOut(namespace)).toBe('absent')
    expect(await workloads.events(namespace, 'PodsMissedInjection', 'RolloutStarted')).toEqual([
      'PodsMissedInjection 2 of 2 pods have no sidecar',
    ])
  })

  test('that no workload makes anew stay as they are: a bare pod, the pod of a Job', async () => {
    const namespace = await missed({})
    await cluster.admin.apply(podObject(namespace, 'bare', { 'metricgate.io/inject': 'web' }))
    const { template } = workloadObject(namespace).spec
    const spec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }
    await cluster.admin.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'job', namespace },
      spec,
    })
    const uids = async (): Promise<unknown[]> =>
      (await cluster.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace })).map(
        ({ metadata }) => metadata?.uid,
      )
    await eventually(async () => expect(await uids()).toHaveLength(2))
    const before = await uids()
    operator = await cluster.operator()
    await eventually(async () => expect(await rolledOut(namespace)).toBe('False Blocked'))
    expect(await uids()).toEqual(before)
    await eventually(async () =>
      expect(await workloads.events(namespace, 'RolloutSkipped')).toEqual([
        'RolloutSkipped pods of a Job are not restarted; pods without an owner are not restarted',
      ]),
    )
  })

  test('and miss it again: their workload is not restarted twice, nor is another one', async () => {
    const namespace = await missed({}, { name: 'first' }, { name: 'second' })
    // The API server is told of a port on which nobody listens.
    const unreachable = ['--webhook-url=https://127.0.0.1:1']
    operator = await cluster.operator(unreachable)
    await workloads.untilAsPodsRun(namespace, async () =>
      expect(await rolledOut(namespace)).toBe('False Blocked'),
    )
    const generation = async (name: string): Promise<unknown> =>
      (await workloads.workload(namespace, name)).metadata?.generation
    expect([await generation('first'), await generation('second')]).toEqual([2, 1])
    await eventually(async () => expect(await workloads.events(namespace, 'RolloutSkipped')).toHaveLength(1))

    await operator.stop()
    operator = await cluster.operator(unreachable)
    const looks = (): Promise<number> =>
      operator?.metric('metricgate_operator_api_requests_total', { method: 'GET' }) ?? Promise.resolve(0)
    const before = await looks()
    await eventually(async () => expect(await looks()).toBeGreaterThanOrEqual(before + 4))
    expect([await generation('first'), await generation('second')]).toEqual([2, 1])
    expect(await workloads.events(namespace, 'RolloutSkipped')).toHaveLength(1)
  })
})

test('pods that cannot have a sidecar have not missed it: nothing is said or done about them', async () => {
  const namespace = await cluster.namespace()
  operator = await cluster.operator()
  await workloads.gate(namespace, { nativeSidecar: 'Never' })
  await workloads.untilInjected(namespace)
  const { template } = workloadObject(namespace).spec
  const spec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }
  await cluster.admin.apply({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job', namespace },
    spec,
  })
  const pods = (): Promise<AnyObject[]> => cluster.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace })
  await eventually(async () => expect(await pods()).toHaveLength(1))
  expect((await pods())[0]?.metadata?.annotations).toMatchObject({
    'metricgate.io/not-injected': 'RunsToCompletion',
  })
  // It is counted later than the Job's.
  await cluster.admin.apply(podObject(namespace, 'bare', { 'metricgate.io/inject': 'web' }))
  await eventually(async () =>
    expect((await workloads.status(namespace)).pods).toEqual({
      matched: 1,
      injected: 1,
      missed: 0,
      outdated: 0,
    }),
  )
  expect(await rolledOut(namespace)).toBe('True UpToDate')
  expect(await workloads.events(namespace, 'PodsMissedInjection', 'RolloutSkipped')).toEqual([])
})

describe('restarts', () => {
  test('come one after another: the next when the one before has finished', async () => {
    const namespace = await missed({}, { name: 'first' }, { name: 'second' })
    operator = await cluster.operator()
    await eventually(async () =>
      expect(await workloads.restartedFor(namespace, 'first')).toMatch(/^[0-9a-f]{16}$/),
    )
    await eventually(async () => expect(await rolledOut(namespace)).toBe('False Restarting'))
    await workloads.untilAsPodsRun(namespace, async () => {
      const { status, spec } = await workloads.workload(namespace, 'first')
      const isDone = status.updatedReplicas === spec.replicas && status.availableReplicas === spec.replicas
      if (!isDone) expect(await workloads.restartedFor(namespace, 'second')).toBeUndefined()
      expect(await workloads.restartedFor(namespace, 'second')).toBeDefined()
    })
    await becomesUpToDate(namespace)
  })

  test('go on after the operator has been away, and none is done again', async () => {
    const namespace = await missed({}, { name: 'first' }, { name: 'second' })
    operator = await cluster.operator()
    await eventually(async () => expect(await workloads.restartedFor(namespace, 'first')).toBeDefined())
    // Its first new pod: one that is made while the webhook is away would miss its sidecar again.
    await eventually(async () => expect(await workloads.pods(namespace, 'first')).toContain(IMAGE))
    await operator.stop()
    operator = await cluster.operator()
    await workloads.untilInjected(namespace)
    await becomesUpToDate(namespace)
    for (const name of ['first', 'second']) {
      expect((await workloads.workload(namespace, name)).metadata?.generation).toBe(2)
    }
  })

  test('are over at some time: nothing is written, or even asked, any more', async () => {
    const namespace = await missed({}, {})
    operator = await cluster.operator()
    await becomesUpToDate(namespace)
    const reconciles = async (): Promise<number> =>
      (await operator?.metric('metricgate_operator_reconciles_total')) ?? 0
    await eventually(async () => expect(await operator?.metric('metricgate_operator_queue_depth')).toBe(0))
    const [before, runs] = [await writes(), await reconciles()]
    await cluster.admin.merge(refs.gate(namespace, 'web'), { metadata: { annotations: { note: 'x' } } })
    await eventually(async () => expect(await reconciles()).toBeGreaterThan(runs))
    expect(await writes()).toBe(before)
  })
})

describe('sidecars that are outdated', () => {
  test('by another image are replaced, once', async () => {
    const namespace = await cluster.namespace()
    operator = await cluster.operator()
    await workloads.gate(namespace)
    await workloads.untilInjected(namespace)
    await workloads.run(workloadObject(namespace))
    await becomesUpToDate(namespace)
    expect(await workloads.restartedFor(namespace)).toBeUndefined()
    await workloads.gate(namespace, { image: 'proxy:2' })
    await workloads.untilAsPodsRun(namespace, async () =>
      expect(await workloads.pods(namespace)).toEqual(['proxy:2', 'proxy:2']),
    )
    await becomesUpToDate(namespace)
    expect((await workloads.workload(namespace)).metadata?.generation).toBe(2)
    await eventually(async () =>
      expect(
        await workloads.events(namespace, 'PodsOutdated', 'RolloutStarted', 'PodsMissedInjection'),
      ).toEqual([
        'PodsOutdated 2 of 2 pods have a sidecar that would not be injected any more',
        'RolloutStarted restarted Deployment web, whose pods do not have the sidecar that they should have',
      ]),
    )
  })

  test('because the mode needs none are taken away, when the aggregator runs', async () => {
    const namespace = await cluster.namespace()
    operator = await cluster.operator()
    const selector = { matchLabels: { app: 'web' } }
    await workloads.gate(namespace, {}, { selector })
    await workloads.untilInjected(namespace)
    await workloads.run(workloadObject(namespace))
    await workloads.untilAsPodsRun(namespace, async () =>
      expect(await workloads.pods(namespace)).toEqual([IMAGE, IMAGE]),
    )
    await workloads.gate(namespace, {}, { selector, mode: 'DNS' })
    await eventually(async () => expect(await rolledOut(namespace)).toBe('False Waiting'))
    await workloads.makeRun(namespace, AGGREGATOR)
    await workloads.untilAsPodsRun(namespace, async () =>
      expect(await workloads.pods(namespace)).toEqual(['none', 'none']),
    )
    await becomesUpToDate(namespace)
    expect(await workloads.restartedFor(namespace)).toBe('none')
  })
})
