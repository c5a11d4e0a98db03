import { expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type EventObserver, EventRecorder, eventObject } from '../../../operator/events/recorder.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import { ManualClock } from '../controller/support/clocks.ts'
import { json, ScriptedApi, status } from '../controller/support/scripted-api.ts'

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

test.each([
  { answer: json(201, {}), counted: 'Reconciled success' },
  { answer: status(403, 'Forbidden'), counted: 'Reconciled failure' },
])('an Event is counted: $counted', async ({ answer, counted }) => {
  await using api = await ScriptedApi.start(answer)
  const clock = new ManualClock()
  const client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
  const seen: string[] = []
  const observe: EventObserver = (reason, result) => seen.push(`${reason} ${result}`)
  await new EventRecorder({ client, clock, logger: pino({ level: 'silent' }), observe }).record(gate, [event])
  await client.close()
  expect(seen).toEqual([counted])
})
