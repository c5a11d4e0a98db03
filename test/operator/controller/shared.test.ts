import { describe, expect, test } from '@jest/globals'
import { changedFacts, ownedChange, readShared, type Shared } from '../../../operator/controller/shared.ts'
import type { Change } from '../../../operator/kubernetes/store.ts'

const OURS = { 'app.kubernetes.io/managed-by': 'metricgate-operator', 'metricgate.io/gate': 'shop' }

function object(labels: Record<string, string>, color = 'red'): Shared<string> {
  const metadata = { name: 'web', namespace: 'default', uid: 'uid', resourceVersion: '1', labels }
  return readShared({ metadata, color }, of => (of as { color: string }).color)
}

describe('an object of a kind that gates have, and others too', () => {
  test('belongs to the gate that it names', () => {
    expect(object(OURS).owned?.metadata.gate).toBe('shop')
  })

  test.each([
    ['it has no labels', {}],
    ['another tool manages it', { ...OURS, 'app.kubernetes.io/managed-by': 'Helm' }],
    ['it names no gate', { 'app.kubernetes.io/managed-by': 'metricgate-operator' }],
  ])('belongs to none if %s', (_title, labels) => {
    expect(object(labels).owned).toBeUndefined()
  })
})

const [ours, theirs] = [object(OURS), object({})]

test.each<{ of: string; change: Change<Shared<string>>; told: string | undefined }>([
  { of: 'ours comes', change: { type: 'added', object: ours }, told: 'added' },
  { of: 'ours changes', change: { type: 'updated', before: ours, object: ours }, told: 'updated' },
  { of: 'ours goes', change: { type: 'deleted', object: ours }, told: 'deleted' },
  { of: 'theirs becomes ours', change: { type: 'updated', before: theirs, object: ours }, told: 'added' },
  { of: 'ours becomes theirs', change: { type: 'updated', before: ours, object: theirs }, told: 'deleted' },
  { of: 'theirs comes', change: { type: 'added', object: theirs }, told: undefined },
  { of: 'theirs changes', change: { type: 'updated', before: theirs, object: theirs }, told: undefined },
  { of: 'theirs goes', change: { type: 'deleted', object: theirs }, told: undefined },
])('$of: the gate is told $told', ({ change, told }) => {
  expect(ownedChange(change)?.type).toBe(told)
})

test('what all gates should know of: what there was and what there is, if that differs', () => {
  expect(changedFacts({ type: 'added', object: ours })).toEqual(['red'])
  expect(changedFacts({ type: 'updated', before: ours, object: object(OURS, 'blue') })).toEqual([
    'red',
    'blue',
  ])
  expect(changedFacts({ type: 'updated', before: ours, object: theirs })).toEqual([])
})
