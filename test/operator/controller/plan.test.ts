import { describe, expect, test } from '@jest/globals'
import { AppliedVersions } from '../../../operator/controller/applied.ts'
import { type OwnedByKind, type Plan, planGate } from '../../../operator/controller/plan.ts'
import type { WatchedGate } from '../../../operator/controller/watched.ts'
import { renderGate } from '../../../operator/resources/render.ts'
import { ownedObject, watchedGate } from './support/watched.ts'

const FACTS = { serviceMonitors: true, podMonitors: true }
const ALL = { facts: FACTS, options: { proxyImage: 'metricgate/proxy:1' }, sidecarsRemain: false }
const NAME = 'metricgate-shop'
const KEY = 'default/shop'

/** The plan in short: "apply ConfigMap", "delete Service". */
function steps(plan: Plan): string[] {
  if (plan.kind !== 'wanted') return [plan.kind]
  return [
    ...plan.apply.map(({ kind }) => `apply ${kind.kind}`),
    ...plan.remove.map(({ kind, object }) => `delete ${kind.kind} ${object.metadata.name}`),
  ]
}

/** The objects that a gate has when all is as we left it, and the memory of having applied them. */
function settled(gate: WatchedGate): { owned: OwnedByKind; applied: AppliedVersions } {
  const applied = new AppliedVersions()
  if (!gate.validation.valid) throw new Error('the gate of this test is valid')
  const objects = renderGate(gate.validation.gate, { ...ALL, serving: [] })
  for (const object of objects) applied.remember(KEY, object, '7')
  const owned = new Map(
    objects.map(({ kind = '' }) => [kind, [ownedObject(NAME, { version: 7, owner: gate.metadata.uid })]]),
  )
  return { owned, applied }
}

const gate = watchedGate()

describe('what is applied', () => {
  test('of a new gate, everything', () => {
    const plan = planGate(gate, ALL, new Map(), new AppliedVersions())
    expect(steps(plan)).toEqual(['apply ConfigMap', 'apply Service', 'apply ServiceMonitor'])
  })

  test('of a gate that is as we left it, nothing', () => {
    const { owned, applied } = settled(gate)
    expect(steps(planGate(gate, ALL, owned, applied))).toEqual([])
  })

  test('after a restart everything once, because it is not known who changed what meanwhile', () => {
    const { owned } = settled(gate)
    expect(steps(planGate(gate, ALL, owned, new AppliedVersions()))).toHaveLength(3)
  })

  test('what somebody has changed', () => {
    const { owned, applied } = settled(gate)
    const changed = new Map(owned).set('Service', [
      ownedObject(NAME, { version: 8, owner: gate.metadata.uid }),
    ])
    expect(steps(planGate(gate, ALL, changed, applied))).toEqual(['apply Service'])
  })

  test('what somebody has deleted', () => {
    const { owned, applied } = settled(gate)
    expect(steps(planGate(gate, ALL, new Map(owned).set('ConfigMap', []), applied))).toEqual([
      'apply ConfigMap',
    ])
  })

  test('what the gate asks for in another way now', () => {
    const { owned, applied } = settled(gate)
    const changed = watchedGate({ monitor: { interval: '15s' } }, { generation: 2 })
    expect(steps(planGate(changed, ALL, owned, applied))).toEqual(['apply ServiceMonitor'])
  })

  test('no monitor where the cluster does not have the kind', () => {
    const plan = planGate(
      gate,
      { ...ALL, facts: { ...FACTS, serviceMonitors: false } },
      new Map(),
      new AppliedVersions(),
    )
    expect(steps(plan)).toEqual(['apply ConfigMap', 'apply Service'])
  })
})

describe('what is deleted', () => {
  test.each([
    {
      change: { monitor: { kind: 'PodMonitor' } },
      expected: ['apply PodMonitor', `delete ServiceMonitor ${NAME}`],
    },
    { change: { monitor: { enabled: false } }, expected: [`delete ServiceMonitor ${NAME}`] },
  ])('what the gate no longer wants: $change', ({ change, expected }) => {
    const { owned, applied } = settled(gate)
    expect(steps(planGate(watchedGate(change), ALL, owned, applied))).toEqual(expected)
  })

  test('what it owns under another name', () => {
    const { owned, applied } = settled(gate)
    const former = ownedObject('metricgate-former', { owner: gate.metadata.uid })
    const more = new Map(owned).set('ConfigMap', [...(owned.get('ConfigMap') ?? []), former])
    expect(steps(planGate(gate, ALL, more, applied))).toEqual(['delete ConfigMap metricgate-former'])
  })

  test.each(['', 'uid-of-another-gate'])(
    'nothing that it does not own, whatever the label says (owner "%s")',
    owner => {
      const { owned, applied } = settled(gate)
      const foreign = ownedObject('copy-of-somebody', { owner })
      const more = new Map(owned).set('ConfigMap', [...(owned.get('ConfigMap') ?? []), foreign])
      expect(steps(planGate(gate, ALL, more, applied))).toEqual([])
    },
  )
})

test('an invalid gate changes nothing', () => {
  const { owned, applied } = settled(gate)
  const invalid = watchedGate({ metricRelabelings: [{ action: 'keep', sourceLabels: ['a'], regex: '(' }] })
  expect(steps(planGate(invalid, ALL, owned, applied))).toEqual(['invalid'])
})

describe('a gate that becomes one of mode DNS', () => {
  const dns = watchedGate({ mode: 'DNS', selector: { matchLabels: { app: 'shop' } } }, { generation: 2 })
  const made = [
    'apply Service',
    'apply ConfigMap',
    'apply Deployment',
    'apply Service',
    'apply ServiceMonitor',
  ]
  const gone = ['ConfigMap', 'Service', 'ServiceMonitor'].map(kind => `delete ${kind} ${NAME}`)

  function aggregatorThatIs(available: boolean): OwnedByKind {
    const workload = { available, rollout: 'progressing' as const, message: '' }
    const deployment = ownedObject('mg-aggregator-0-0-shop', { owner: gate.metadata.uid })
    return new Map(settled(gate).owned).set('Deployment', [{ ...deployment, workload }])
  }

  test('keeps what its sidecars are scraped by until the aggregator can be', () => {
    const { owned, applied } = settled(gate)
    expect(steps(planGate(dns, ALL, owned, applied))).toEqual(made)
    expect(steps(planGate(dns, ALL, aggregatorThatIs(false), applied))).toEqual(made)
    expect(steps(planGate(dns, ALL, aggregatorThatIs(true), applied))).toEqual([...made, ...gone])
  })

  test('keeps the configuration of the sidecars that are left', () => {
    const { applied } = settled(gate)
    const plan = planGate(dns, { ...ALL, sidecarsRemain: true }, aggregatorThatIs(true), applied)
    expect(steps(plan)).toEqual([...made, ...gone.slice(1)])
  })
})

describe('a gate with two replicas of its aggregator', () => {
  const gate = watchedGate({
    mode: 'DNS',
    selector: { matchLabels: { app: 'shop' } },
    aggregator: { replicas: 2 },
  })

  /** Where the Service is led when it leads to `current`, and these replicas are available. */
  function ledTo(current: number | undefined, ...available: number[]): unknown {
    const service = {
      ...ownedObject('mg-aggregator-0-shop'),
      ...(current !== undefined && { serving: current }),
    }
    const deployments = [0, 1].map(replica => ({
      ...ownedObject(`mg-aggregator-0-${replica}-shop`),
      workload: { available: available.includes(replica), rollout: 'complete' as const, message: '' },
    }))
    const owned: OwnedByKind = new Map([
      ['Service', current === undefined ? [] : [service]],
      ['Deployment', deployments],
    ])
    const plan = planGate(gate, ALL, owned, new AppliedVersions())
    const objects = plan.kind === 'wanted' ? plan.wanted : []
    const found = objects.find(({ metadata }) => metadata?.name === 'mg-aggregator-0-shop')
    return Number(found?.metadata?.labels?.['metricgate.io/replica'])
  }

  test.each([
    { of: 'nothing is there yet', current: undefined, available: [], expected: 0 },
    { of: 'only the second has come up', current: undefined, available: [1], expected: 1 },
    { of: 'both are available', current: 0, available: [0, 1], expected: 0 },
    { of: 'both are, and it was led to the second before', current: 1, available: [0, 1], expected: 1 },
    { of: 'the first is lost', current: 0, available: [1], expected: 1 },
    { of: 'both are lost', current: 1, available: [], expected: 1 },
    { of: 'there were more', current: 2, available: [1], expected: 1 },
  ])('its Service leads to replica $expected when $of', ({ current, available, expected }) => {
    expect(ledTo(current, ...available)).toBe(expected)
  })
})
