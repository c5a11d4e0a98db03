import { expect, jest, test } from '@jest/globals'
import * as fc from 'fast-check'
import { Candidate, LeaseServer, seededRandom, World } from './simulation.ts'

jest.setTimeout(120_000)

const LEASE_MS = 12_000
const FAULTS_MS = 10 * LEASE_MS
/** A lease has to run out, be seen to, and be taken, with a request that may be under way. */
const PATIENCE_MS = 3 * LEASE_MS

const machine = fc.record({
  // 12 s of the slowest are 13.3 s, the 8 s of a term by the slowest 8.9 s: worse than any clock in use.
  pace: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
  wallMs: fc.integer({ min: 0, max: 2 ** 41 }),
  monotonicMs: fc.integer({ min: 0, max: 2 ** 31 }),
})

const fault = fc.record({
  atMs: fc.integer({ min: 0, max: FAULTS_MS }),
  who: fc.nat(),
  what: fc.oneof(
    fc.record({ pauseMs: fc.integer({ min: 1, max: 4 * LEASE_MS }) }),
    fc.record({ jumpMs: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }) }),
    fc.record({ silentMs: fc.integer({ min: 1, max: 3 * LEASE_MS }) }),
    fc.constant({ ends: true as const }),
  ),
})

const scenario = fc.record({
  machines: fc.array(machine, { minLength: 1, maxLength: 4 }),
  faults: fc.array(fault, { maxLength: 12 }),
  lossPercent: fc.integer({ min: 0, max: 40 }),
  latencyMsMax: fc.integer({ min: 1, max: 3_000 }),
  seed: fc.integer(),
})

test('never two lead at once, and as soon as nothing is in the way one does', async () => {
  let terms = 0
  await fc.assert(
    fc.asyncProperty(scenario, async ({ machines, faults, lossPercent, latencyMsMax, seed }) => {
      const random = seededRandom(seed)
      const world = new World()
      const server = new LeaseServer()
      const isFair = (): boolean => world.nowMs > FAULTS_MS + 4 * LEASE_MS
      const silentUntilMs = machines.map(() => 0)
      const candidates = machines.map((its, index) => {
        const network = {
          latencyMs: () => (isFair() ? 10 : random() * latencyMsMax),
          isLost: () =>
            !isFair() && (world.nowMs < (silentUntilMs[index] ?? 0) || random() * 100 < lossPercent),
        }
        return new Candidate(`replica-${index}`, world, server, { machine: its, network, random })
      })
      // One at least goes on to the end.
      const mayEnd = new Set(candidates.slice(1))
      for (const { atMs, who, what } of faults) {
        const index = who % candidates.length
        const candidate = candidates[index]
        if (candidate === undefined) throw new Error('BUG: a fault of no candidate')
        world.at(atMs, () => {
          if ('pauseMs' in what) candidate.pause(what.pauseMs)
          else if ('jumpMs' in what) candidate.setClock(what.jumpMs)
          else if ('silentMs' in what) silentUntilMs[index] = world.nowMs + what.silentMs
          else if (mayEnd.delete(candidate)) void candidate.election.stop()
        })
      }
      for (const { election } of candidates) world.at(random() * LEASE_MS, () => election.start())

      let leader: Candidate | undefined
      const look = (): void => {
        const leaders = candidates.filter(({ leadership }) => leadership.isHeld)
        expect(leaders.length).toBeLessThanOrEqual(1)
        if (leaders[0] !== undefined && leaders[0] !== leader) terms += 1
        leader = leaders[0]
      }
      await world.until(FAULTS_MS + 4 * LEASE_MS + PATIENCE_MS, look)
      expect(leader).toBeDefined()
      // And it stays.
      const elected = leader
      await world.until(world.nowMs + 2 * LEASE_MS, () => {
        look()
        expect(leader).toBe(elected)
      })
    }),
    // A failure is told at once, with its seed: making it smaller takes minutes.
    { numRuns: 150, endOnFailure: true },
  )
  // The scenarios are worth something only if leadership changes hands in them.
  expect(terms).toBeGreaterThan(150)
})
