import { describe, expect, test } from '@jest/globals'
import { type Decision, decide, type Observation, observe } from '../../../operator/leader/decide.ts'
import { leaseOf } from './leases.ts'

const ME = { identity: 'me', leads: false }
const LEADER = { identity: 'me', leads: true }
const SEEN_MS = 1_000
const LEASE_MS = 12_000
/** The last moment at which a holder that was first seen at SEEN_MS is left alone. */
const TAKEN_MS = SEEN_MS + LEASE_MS - 1

const absent = observe(undefined, undefined, SEEN_MS)
const free = observe(undefined, leaseOf({ holder: '' }), SEEN_MS)
const mine = observe(undefined, leaseOf({ holder: 'me' }), SEEN_MS)
const others = observe(undefined, leaseOf({ holder: 'other' }), SEEN_MS)
const deleted = observe(others, undefined, SEEN_MS + 500)

describe('what a candidate does', () => {
  test.each<[string, Observation, typeof ME, number, Decision]>([
    ['makes the lease that is not there', absent, ME, SEEN_MS, 'create'],
    ['takes one that nobody holds, at once', free, ME, SEEN_MS, 'acquire'],
    ['goes on with its own', mine, ME, SEEN_MS, 'renew'],
    ['also with one that nobody took from it in a long time', mine, ME, SEEN_MS + 10 * LEASE_MS, 'renew'],
    ['leaves the holder alone', others, ME, SEEN_MS, 'wait'],
    ['until it was not heard of for the lease', others, ME, TAKEN_MS, 'wait'],
    ['takes over then', others, ME, TAKEN_MS + 1, 'acquire'],
    ['leaves the holder alone whose Lease somebody has deleted', deleted, ME, TAKEN_MS, 'wait'],
    ['makes it anew when that holder was not heard of either', deleted, ME, TAKEN_MS + 1, 'create'],
  ])('%s', (_name, observation, candidate, nowMs, decision) => {
    expect(decide(observation, candidate, nowMs)).toBe(decision)
  })
})

describe('what a leader does', () => {
  test.each<[string, Observation, Decision]>([
    ['renews its lease', mine, 'renew'],
    ['makes it again when somebody has deleted it', absent, 'create'],
    ['knows that it has lost it to another one', others, 'lost'],
    ['knows that somebody has taken it away', free, 'lost'],
  ])('%s', (_name, observation, decision) => {
    expect(decide(observation, LEADER, SEEN_MS)).toBe(decision)
  })
})

describe('what is heard of a holder', () => {
  const renewed = leaseOf({ holder: 'other', resourceVersion: '2' })

  test('the same version once more is no sign of life', () => {
    expect(observe(others, leaseOf({ holder: 'other' }), SEEN_MS + 5_000)).toBe(others)
  })

  test('another version is, whatever times it says', () => {
    expect(observe(others, renewed, SEEN_MS + 5_000).takenUntilMs).toBe(SEEN_MS + 5_000 + LEASE_MS)
  })

  test('the time that counts is what the holder has claimed', () => {
    const short = leaseOf({ holder: 'other', seconds: 3 })
    expect(observe(undefined, short, SEEN_MS).takenUntilMs).toBe(SEEN_MS + 3_000)
  })
})
