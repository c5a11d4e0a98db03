import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  condition,
  gateObject,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'

jest.setTimeout(300_000)

/** The conditions that the gates end up with: whatever there is to tell of. */
const SETTLED = {
  missed: { spec: { proxy: { rollout: 'Auto' } }, condition: 'RolledOut', is: /^False (Blocked|Forbidden)$/ },
  aggregated: {
    spec: { mode: 'DNS', selector: { matchLabels: { app: 'none' } } },
    condition: 'AggregatorReady',
    is: /^False AggregatorProgressing$/,
  },
  invalid: { spec: { proxy: { port: 8080 } }, condition: 'Stalled', is: /^True Invalid$/ },
  plain: { spec: {}, condition: 'Ready', is: /^True Reconciled$/ },
} as const

let cluster: TestCluster
let namespace: string
let operator: TestOperator

beforeAll(async () => {
  // As an older CRD would let pass what the operator finds invalid; and without the Prometheus operator.
  cluster = await TestCluster.start({ gates: 'unchecked', monitors: false })
  namespace = await cluster.namespace()
  // Before the webhook is there.
  const pod = podObject(namespace, 'early', {
    'metricgate.io/inject': 'missed',
    'prometheus.io/scrape': 'true',
  })
  await cluster.admin.apply(pod)
  operator = await cluster.operator()
  for (const [name, { spec }] of Object.entries(SETTLED)) {
    await cluster.admin.apply(gateObject(namespace, name, spec))
  }
  await settled()
})

afterAll(async () => {
  await operator.stop()
  await cluster.stop()
})

async function settled(): Promise<void> {
  await eventually(async () => {
    for (const [name, { condition: type, is }] of Object.entries(SETTLED)) {
      expect(condition(await cluster.admin.expect(refs.gate(namespace, name)), type)).toMatch(is)
    }
  }, 60_000)
}

/** All that people have been told, with their order forgotten. */
async function told(): Promise<string[]> {
  const events = await cluster.admin.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace })
  return events
    .filter(({ regarding }) => regarding.kind === 'MetricGate')
    .map(({ regarding, reason, note }) => `${regarding.name}: ${reason}: ${note}`)
    .sort()
}

/** It has looked at each gate, and has come to the same conclusions. */
async function lookedAround(of: TestOperator): Promise<void> {
  await eventually(async () => {
    const looks = await of.metric('metricgate_operator_reconciles_total')
    expect(looks).toBeGreaterThanOrEqual(Object.keys(SETTLED).length)
  }, 60_000)
  await settled()
}

test('there is something to tell of', async () => {
  const reasons = (await told()).map(line => line.split(': ', 2).join(': '))
  expect(reasons).toEqual(
    expect.arrayContaining([
      'aggregated: AggregatorProgressing',
      'invalid: Invalid',
      'missed: PodsMissedInjection',
      'missed: RolloutSkipped',
      'plain: Reconciled',
    ]),
  )
})

describe('nothing is told again', () => {
  test('when the operator restarts', async () => {
    const before = await told()
    await operator.stop()
    operator = await cluster.operator()
    await lookedAround(operator)
    expect(await told()).toEqual(before)
    expect(await operator.metric('metricgate_operator_events_total')).toBe(0)
  })

  test('when another replica becomes the leader', async () => {
    const before = await told()
    const follower = await cluster.operator()
    await operator.stop()
    operator = follower
    await lookedAround(operator)
    expect(await operator.metric('metricgate_operator_leader')).toBe(1)
    expect(await told()).toEqual(before)
    expect(await operator.metric('metricgate_operator_events_total')).toBe(0)
  })
})
