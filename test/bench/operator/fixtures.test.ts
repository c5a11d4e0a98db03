import { expect, test } from '@jest/globals'
import { createGate, createPod, gateRefs, type PodPlan } from '../../../bench/operator/fixtures.ts'
import { validateGate } from '../../../operator/api/validate.ts'
import { review } from '../../../operator/webhook/review.ts'

const gate = { namespace: 'bench-0', name: 'service-0' }

function podOf(arm: PodPlan['arm']): { metadata: Record<string, unknown> } {
  return JSON.parse(createPod({ name: 'pod', gate, arm, ownerUid: 'uid' }).body)
}

test('gates are spread over the namespaces, each with a name of its own', () => {
  const refs = gateRefs(7, 3)
  expect(new Set(refs.map(({ namespace }) => namespace)).size).toBe(3)
  expect(new Set(refs.map(({ namespace, name }) => `${namespace}/${name}`)).size).toBe(7)
})

test('the gate is valid', () => {
  const { metadata, ...rest } = JSON.parse(createGate(gate).body)
  expect(validateGate({ ...rest, metadata: { ...metadata, uid: 'uid' } })).toMatchObject({ valid: true })
})

test('the arms differ in an annotation only', () => {
  const [none, noOp, ours] = (['none', 'no-op', 'ours'] as const).map(podOf)
  for (const pod of [noOp, ours]) {
    expect({ ...pod, metadata: { ...pod?.metadata, annotations: {} } }).toEqual({
      ...none,
      metadata: { ...none?.metadata, annotations: {} },
    })
  }
})

test.each([
  { arm: 'none', outcome: 'skipped' },
  { arm: 'no-op', outcome: 'skipped' },
  { arm: 'ours', outcome: 'injected' },
] as const)('a pod of arm $arm would be $outcome', ({ arm, outcome }) => {
  const request = {
    uid: 'uid',
    namespace: gate.namespace,
    name: 'pod',
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    dryRun: false,
    object: podOf(arm),
  }
  const gates = { namespace: gate.namespace, gates: [] }
  expect(review(request, gates, { proxyImage: 'proxy:1' }).outcome).toBe(outcome)
})
