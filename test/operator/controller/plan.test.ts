import { describe, expect, test } from '@jest/globals'
import { AppliedVersions } from '../../../operator/controller/applied.ts'
import { type OwnedByKind, type Plan, planGate } from '../../../operator/controller/plan.ts'
import type { WatchedGate } from '../../../operator/controller/watched.ts'
import { renderGate } from '../../../operator/resources/render.ts'
import { ownedObject, watchedGate } from './support/watched.ts'

const ALL = { serviceMonitors: true, podMonitors: true }
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
  const objects = renderGate(gate.validation.gate, ALL)
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
    const plan = planGate(gate, { ...ALL, serviceMonitors: false }, new Map(), new AppliedVersions())
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

describe('a gate that asks for what cannot be had changes nothing', () => {
  test.each([
    {
      spec: { metricRelabelings: [{ action: 'keep', sourceLabels: ['a'], regex: '(' }] },
      expected: 'invalid',
    },
    { spec: { mode: 'DNS', selector: { matchLabels: { app: 'x' } } }, expected: 'modeNotAvailable' },
    { spec: { mode: 'Subset', selector: { matchLabels: { app: 'x' } } }, expected: 'modeNotAvailable' },
  ])('$expected', ({ spec, expected }) => {
    const { owned, applied } = settled(gate)
    expect(steps(planGate(watchedGate(spec), ALL, owned, applied))).toEqual([expected])
  })
})
