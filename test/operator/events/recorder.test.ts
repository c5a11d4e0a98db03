import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { EVENTS_WAITING_MAX } from '../../../operator/events/limits.ts'
import { type EventObserver, EventRecorder, eventObject } from '../../../operator/events/recorder.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import { ManualClock } from '../controller/support/clocks.ts'
import { json, ScriptedApi, type Step, status } from '../controller/support/scripted-api.ts'

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

test.each([
  ['as long as it may be', 'x'.repeat(1024), 'x'.repeat(1024)],
  ['too long', 'x'.repeat(1025), `${'x'.repeat(1021)}…`],
  ['of characters of two bytes', 'é'.repeat(600), `${'é'.repeat(510)}…`],
  ['of characters of four bytes', `x${'🙂'.repeat(300)}`, `x${'🙂'.repeat(255)}…`],
])('a note %s has at most the bytes that the API server takes', (_, note, expected) => {
  expect(eventObject(gate, { ...event, note }, new Date(0))).toMatchObject({ note: expected })
  expect(Buffer.byteLength(expected)).toBeLessThanOrEqual(1024)
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
  const recorder = new EventRecorder({ client, clock, logger: pino({ level: 'silent' }), observe })
  recorder.record(gate, [event])
  await recorder.flush()
  await client.close()
  expect(seen).toEqual([counted])
})

describe('while the API server takes its time', () => {
  /** A recorder whose requests the test answers. */
  async function slow() {
    const notes: string[] = []
    const answers: (() => void)[] = []
    const step: Step = (response, request) => {
      void text(request).then(body => {
        notes.push(JSON.parse(body).note)
        answers.push(() => json(201, {})(response, request))
      })
    }
    const api = await ScriptedApi.start(...Array<Step>(4).fill(step))
    const clock = new ManualClock()
    const client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
    const failures: string[] = []
    const observe: EventObserver = (reason, result) => result === 'failure' && failures.push(reason)
    const recorder = new EventRecorder({ client, clock, logger: pino({ level: 'silent' }), observe })
    const record = (note: string, reason = 'Any'): void => recorder.record(gate, [{ ...event, note, reason }])
    const answer = async (): Promise<void> => {
      while (answers.length === 0) await setImmediate()
      answers.shift()?.()
    }
    const close = async (): Promise<void> => {
      await client.close()
      await api[Symbol.asyncDispose]()
    }
    return { recorder, record, answer, notes, failures, [Symbol.asyncDispose]: close }
  }

  test('Events wait, and come in their order', async () => {
    await using on = await slow()
    for (const note of ['1', '2', '3']) on.record(note)
    await on.answer()
    on.record('4')
    for (let times = 0; times < 3; times++) await on.answer()
    await on.recorder.flush()
    expect(on.notes).toEqual(['1', '2', '3', '4'])
  })

  test('an Event after none is recorded', async () => {
    await using on = await slow()
    on.recorder.record(gate, [])
    on.record('1')
    await on.answer()
    await on.recorder.flush()
    expect(on.notes).toEqual(['1'])
  })

  test('what is too much is counted as lost', async () => {
    await using on = await slow()
    // One is on its way.
    for (let count = 0; count < 1 + EVENTS_WAITING_MAX; count++) on.record('x')
    on.record('y', 'Lost')
    expect(on.failures).toEqual(['Lost'])
  })

  test('what waits is dropped at the end', async () => {
    await using on = await slow()
    for (const note of ['1', '2']) on.record(note)
    const stopped = on.recorder.stop()
    await on.answer()
    await stopped
    expect(on.notes).toEqual(['1'])
  })
})
