import { expect, test } from '@jest/globals'
import { eventObject } from '../../../operator/events/recorder.ts'

const gate = { namespace: 'default', name: 'shop', uid: 'u' }
const event = { type: 'Normal', reason: 'Reconciled', action: 'Reconcile', note: 'all is well' } as const

test('an Event is about the gate, at its time', () => {
  expect(eventObject(gate, event, new Date('2026-01-01T00:00:00.123Z'))).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    metadata: { generateName: 'shop-', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.123000Z',
    regarding: { apiVersion: 'metricgate.io/v1alpha1', kind: 'MetricGate', name: 'shop', uid: 'u' },
    ...event,
  })
})

test('a note is cut at what the API server takes', () => {
  expect(eventObject(gate, { ...event, note: 'x'.repeat(2000) }, new Date(0))).toMatchObject({
    note: `${'x'.repeat(1023)}…`,
  })
})
