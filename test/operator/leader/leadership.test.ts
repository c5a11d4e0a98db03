import { beforeEach, expect, test } from '@jest/globals'
import { Leadership, NotLeaderError } from '../../../operator/leader/leadership.ts'
import { ManualClock } from '../controller/support/clocks.ts'

let clock: ManualClock
/** By how much the process sleeps through what the clock's timers know of. */
let sleptMs: number
let told: string[]
let leadership: Leadership

beforeEach(() => {
  clock = new ManualClock()
  sleptMs = 0
  told = []
  leadership = new Leadership({
    clock: {
      now: () => clock.now() + sleptMs,
      monotonicMs: () => clock.monotonicMs() + sleptMs,
      after: (delayMs, callback) => clock.after(delayMs, callback),
    },
    onGained: () => told.push('gained'),
    onLost: why => told.push(`lost: ${why}`),
  })
})

const inMs = (ms: number): number => clock.monotonicMs() + sleptMs + ms

test('nobody leads before it is elected', () => {
  expect(leadership.isHeld).toBe(false)
  expect(() => leadership.check()).toThrow(NotLeaderError)
  expect(leadership.signal.aborted).toBe(true)
})

test('a term lasts until its time, and ends by itself', async () => {
  leadership.extend(inMs(8_000))
  const { signal } = leadership
  await clock.advance(7_999)
  expect([leadership.isHeld, signal.aborted]).toEqual([true, false])
  await clock.advance(1)
  expect([leadership.isHeld, signal.aborted]).toEqual([false, true])
  expect(signal.reason).toMatchObject({ code: 'E_NOT_LEADER' })
  expect(told).toEqual(['gained', 'lost: the lease was not renewed in time'])
})

test('a term that is prolonged is the same term', async () => {
  leadership.extend(inMs(8_000))
  const { signal } = leadership
  await clock.advance(5_000)
  leadership.extend(inMs(8_000))
  await clock.advance(7_999)
  expect([leadership.isHeld, signal.aborted]).toEqual([true, false])
  expect(told).toEqual(['gained'])
})

test('after a stop of the process the term is over before any timer has run', () => {
  leadership.extend(inMs(8_000))
  sleptMs = 8_000
  expect(leadership.isHeld).toBe(false)
  expect(() => leadership.check()).toThrow('the lease was not renewed in time')
  expect(told).toEqual(['gained'])
})

test('an answer that a stopped process finds when it goes on prolongs nothing', () => {
  leadership.extend(inMs(8_000))
  const untilMs = inMs(10_000)
  sleptMs = 30_000
  leadership.extend(untilMs)
  expect(leadership.isHeld).toBe(false)
  expect(told).toEqual(['gained', 'lost: the lease was not renewed in time'])
})

test('what comes after a term that ran out is a new term', () => {
  leadership.extend(inMs(8_000))
  const { signal } = leadership
  sleptMs = 30_000
  leadership.extend(inMs(8_000))
  expect([leadership.isHeld, signal.aborted, leadership.signal.aborted]).toEqual([true, true, false])
  expect(told).toEqual(['gained', 'lost: the lease was not renewed in time', 'gained'])
})

test('it is told once that a term has ended, and leaves no timer behind', async () => {
  leadership.extend(inMs(8_000))
  leadership.end('another one has it')
  leadership.end('another one has it')
  expect(clock.pending).toBe(0)
  await clock.advance(8_000)
  expect(told).toEqual(['gained', 'lost: another one has it'])
  expect(() => leadership.check()).toThrow('not the leader: another one has it')
})
