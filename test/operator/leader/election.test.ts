import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { errorOfResponse } from '../../../operator/kubernetes/api-error.ts'
import { Election } from '../../../operator/leader/election.ts'
import { Leadership } from '../../../operator/leader/leadership.ts'
import type { Lease } from '../../../operator/leader/lease.ts'
import { electionTiming } from '../../../operator/leader/timing.ts'
import { ManualClock } from '../controller/support/clocks.ts'
import { leaseOf } from './leases.ts'
import { LeaseServer } from './simulation.ts'

const timing = electionTiming(12)

let clock: ManualClock
let server: LeaseServer
/** What is done to the next requests, one after another, instead of answering them. */
let mishaps: ('refuse' | 'hang' | 'lose the answer')[]
let requests: string[]
let log: string[]
let told: string[]
let leadership: Leadership
let election: Election

beforeEach(() => {
  clock = new ManualClock()
  server = new LeaseServer()
  mishaps = []
  requests = []
  log = []
  told = []
  leadership = new Leadership({
    clock,
    onGained: () => told.push('gained'),
    onLost: () => told.push('lost'),
  })
  election = new Election({
    store: {
      read: () => ask('read', () => server.lease),
      create: lease => ask('create', () => server.write(lease, true)),
      update: lease => ask('update', () => server.write(lease, false)),
    },
    leadership,
    identity: 'me',
    timing,
    clock,
    random: () => 0.5,
    logger: pino({ level: 'warn' }, { write: line => log.push(JSON.parse(line).msg) }),
  })
})

afterEach(async () => {
  mishaps = []
  await stop()
})

async function ask<T>(what: string, serve: () => T): Promise<T> {
  requests.push(what)
  const mishap = mishaps.shift()
  if (mishap === 'refuse') throw errorOfResponse(what, 500, 'it is broken')
  if (mishap === 'hang') return new Promise(() => undefined)
  const answer = serve()
  return mishap === 'lose the answer' ? new Promise(() => undefined) : answer
}

/** Another candidate takes the lease, or gives it up. */
function takenBy(holder: string, seconds = 12): void {
  const resourceVersion = server.lease?.resourceVersion ?? ''
  server.write(leaseOf({ holder, seconds, resourceVersion }).object, server.lease === undefined)
}

function stored(): Lease {
  const { lease } = server
  if (lease === undefined) throw new Error('there is no lease')
  return lease
}

async function lead(): Promise<void> {
  election.start()
  await clock.advance(0)
  expect(leadership.isHeld).toBe(true)
  requests.length = 0
}

/** Ends it, with all the time that its last requests may take. */
async function stop(): Promise<void> {
  const stopped = election.stop()
  for (let requests = 0; requests < 3; requests++) {
    await clock.advance(0)
    await clock.advance(timing.requestMsMax)
  }
  await stopped
}

describe('a candidate', () => {
  test('makes the lease and leads', async () => {
    await lead()
    expect(stored()).toMatchObject({ holder: 'me', durationMs: 12_000, transitions: 0 })
  })

  test('waits for a holder that is heard of', async () => {
    takenBy('other')
    election.start()
    await clock.advance(0)
    await clock.advance(10_000)
    takenBy('other')
    await clock.advance(12_000)
    expect(leadership.isHeld).toBe(false)
  })

  test('takes over as soon as the lease has run out, between two looks even', async () => {
    const seconds = 11
    expect((seconds * 1000) % timing.retryMs).not.toBe(0)
    takenBy('other', seconds)
    election.start()
    await clock.advance(0)
    await clock.advance(seconds * 1000 - 1)
    expect(leadership.isHeld).toBe(false)
    await clock.advance(1)
    expect(leadership.isHeld).toBe(true)
    expect(stored()).toMatchObject({ holder: 'me', transitions: 1 })
  })

  test('takes a lease that was released at its next look', async () => {
    takenBy('other')
    election.start()
    await clock.advance(0)
    takenBy('')
    await clock.advance(timing.retryMs)
    expect(leadership.isHeld).toBe(true)
  })
})

describe('a leader', () => {
  test('renews without asking first', async () => {
    await lead()
    await clock.advance(60_000)
    expect(new Set(requests)).toEqual(new Set(['update']))
    expect(told).toEqual(['gained'])
  })

  test('outlives a request that is not answered', async () => {
    await lead()
    mishaps = ['hang']
    await clock.advance(60_000)
    expect(told).toEqual(['gained'])
  })

  test('outlives an answer that is lost: it looks what has become of its renewal', async () => {
    await lead()
    mishaps = ['lose the answer']
    await clock.advance(60_000)
    expect(told).toEqual(['gained'])
    expect(requests.slice(0, 4)).toEqual(['update', 'update', 'read', 'update'])
  })

  test('leads no more when it has not renewed in time, and again when it can', async () => {
    await lead()
    mishaps = Array(10).fill('refuse')
    await clock.advance(timing.renewDeadlineMs)
    expect(told).toEqual(['gained', 'lost'])
    mishaps = []
    await clock.advance(timing.retryMs)
    expect(told).toEqual(['gained', 'lost', 'gained'])
    expect(stored()).toMatchObject({ holder: 'me', transitions: 0 })
  })

  test('leads no more as soon as it sees that another one has the lease', async () => {
    await lead()
    takenBy('other')
    await clock.advance(timing.retryMs)
    expect(told).toEqual(['gained', 'lost'])
    expect(stored().holder).toBe('other')
  })

  test('makes the lease again that somebody has deleted', async () => {
    await lead()
    server.delete()
    await clock.advance(timing.retryMs)
    expect(told).toEqual(['gained'])
    expect(stored().holder).toBe('me')
  })
})

describe('at the end', () => {
  test('a leader leads no more, and then gives up the lease', async () => {
    await lead()
    await election.stop()
    expect(told).toEqual(['gained', 'lost'])
    expect(stored().holder).toBe('')
  })

  test('also when the answer to its last renewal was lost', async () => {
    await lead()
    mishaps = ['lose the answer']
    await clock.advance(timing.retryMs)
    await stop()
    expect(stored().holder).toBe('')
  })

  test('a candidate leaves the lease to its holder', async () => {
    takenBy('other')
    election.start()
    await clock.advance(0)
    await election.stop()
    expect(stored().holder).toBe('other')
  })

  test('an API server that does not answer does not hold it up', async () => {
    await lead()
    mishaps = ['hang']
    await stop()
    expect(log).toEqual([expect.stringContaining('the lease was not released')])
  })

  test('nobody contends any more', async () => {
    await lead()
    await election.stop()
    requests.length = 0
    election.start()
    await clock.advance(60_000)
    expect(requests).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

test('the same trouble is told once', async () => {
  mishaps = Array(5).fill('refuse')
  election.start()
  await clock.advance(4 * timing.retryMs)
  expect(log).toEqual([expect.stringContaining('it is broken')])
})
