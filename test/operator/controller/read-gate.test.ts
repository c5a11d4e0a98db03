import { expect, test } from '@jest/globals'
import { readGate, type WatchedGate } from '../../../operator/controller/watched.ts'
import { gateWith, stored } from '../../crds/gates.ts'

const DROP = [{ action: 'drop', sourceLabels: ['__name__'], regex: 'go_.*' }]

function gateObject(metadata: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): object {
  const gate = stored(gateWith(spec, 'shop'))
  return { ...gate, metadata: { ...gate.metadata, generation: 1, resourceVersion: '1', ...metadata } }
}

const before = readGate(gateObject())

function readAfter(object: object, known: WatchedGate = before): WatchedGate {
  return readGate(object, (namespace, name) =>
    namespace === known.metadata.namespace && name === known.metadata.name ? known : undefined,
  )
}

test('a gate of which only the status has changed is not validated once more', () => {
  const after = readAfter({ ...gateObject({ resourceVersion: '2' }), status: { configHash: 'abc' } })
  expect(after.validation).toBe(before.validation)
  expect(after.status).toEqual({ configHash: 'abc' })
  expect(after.metadata.resourceVersion).toBe('2')
})

test('another generation is read anew', () => {
  const after = readAfter(gateObject({ generation: 2 }, { metricRelabelings: DROP }))
  expect(after.validation).toMatchObject({
    valid: true,
    gate: { spec: { metricRelabelings: [{ regex: 'go_.*' }] } },
  })
})

test.each([
  ['another gate of the same name', { uid: 'another' }],
  ['a gate that is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
])('%s is read anew', (_which, metadata) => {
  const after = readAfter(gateObject(metadata))
  expect(after.validation).not.toBe(before.validation)
  expect(after.validation).toMatchObject({ valid: true, gate: { metadata } })
})

test('a gate of which no generation is told is read anew', () => {
  const unknown = readGate(gateObject({ generation: 0 }))
  const after = readAfter(gateObject({ generation: 0 }, { metricRelabelings: DROP }), unknown)
  expect(after.validation).not.toBe(unknown.validation)
})
