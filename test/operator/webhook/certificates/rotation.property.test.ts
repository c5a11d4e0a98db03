import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { WORLD_LIFETIMES, World } from './world.ts'

const REPLICAS = 3
const LAG_MAX = 30
/** Clocks differ from each other by less than certificates are backdated. */
const ahead = fc.integer({ min: -WORLD_LIFETIMES.backdatedMs / 2, max: WORLD_LIFETIMES.backdatedMs / 2 })
const node = fc.nat({ max: REPLICAS - 1 })

type Event =
  | { readonly kind: 'pass'; readonly ms: number; readonly lag: number }
  | { readonly kind: 'elect'; readonly node: number | undefined }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'cut'; readonly node: number; readonly isCut: boolean }
  | { readonly kind: 'spoil'; readonly part: 'all' | 'leaf' | 'key' | 'bundle' }

const pass: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('pass'),
  ms: fc.integer({ min: 1, max: 120 }),
  lag: fc.nat({ max: LAG_MAX }),
})
const elect: fc.Arbitrary<Event> = fc.record({ kind: fc.constant('elect'), node })
const restart: fc.Arbitrary<Event> = fc.record({ kind: fc.constant('restart'), node })
const misfortune: fc.Arbitrary<Event> = fc.oneof(
  fc.constant({ kind: 'elect', node: undefined } as const),
  fc.record({ kind: fc.constant('cut'), node, isCut: fc.boolean() }),
  fc.record({ kind: fc.constant('spoil'), part: fc.constantFrom('all', 'leaf', 'key', 'bundle') }),
)
const daily = fc.oneof(
  { arbitrary: pass, weight: 4 },
  { arbitrary: elect, weight: 1 },
  { arbitrary: restart, weight: 1 },
)
const event = fc.oneof({ arbitrary: daily, weight: 3 }, { arbitrary: misfortune, weight: 1 })

/** A replica hears of news after up to `lag` units of time, each in its own rhythm. */
function everySoOften(lag: number): (node: number) => boolean {
  let asked = 0
  return index => (asked++ + index) % (lag * REPLICAS + 1) <= REPLICAS
}

function happen(world: World, happening: Event): void {
  if (happening.kind === 'pass') world.pass(happening.ms, everySoOften(happening.lag))
  else if (happening.kind === 'elect') world.elect(happening.node)
  else if (happening.kind === 'restart') world.restart(happening.node)
  else if (happening.kind === 'cut') world.cutOff(happening.node, happening.isCut)
  else world.spoil(happening.part)
}

/** News that comes later than this eats up the time that a renewal leaves: the certificate before would expire first. */
function inTime(happening: Event): Event {
  if (happening.kind !== 'pass') return happening
  return { ...happening, lag: Math.min(happening.lag, WORLD_LIFETIMES.graceMs / 2) }
}

function worldOf(clocks: readonly number[]): World {
  const world = new World(clocks)
  world.pass(5 * WORLD_LIFETIMES.graceMs, () => true)
  return world
}

const clocks = fc.array(ahead, { minLength: REPLICAS, maxLength: REPLICAS })

describe('whatever happens to the leader, to replicas and to the Secret', () => {
  test('every certificate that is served is trusted by every API server', () => {
    fc.assert(
      fc.property(clocks, fc.array(event, { minLength: 10, maxLength: 60 }), (skews, events) => {
        const world = worldOf(skews)
        for (const happening of events) happen(world, happening)
      }),
      { numRuns: 150 },
    )
  })

  test('a replica that begins anew can be called at once, unless something was lost', () => {
    fc.assert(
      fc.property(clocks, fc.array(daily, { minLength: 10, maxLength: 60 }), (skews, events) => {
        const world = worldOf(skews)
        world.beStrict()
        for (const happening of events) happen(world, inTime(happening))
      }),
      { numRuns: 150 },
    )
  })

  test('all replicas serve the same good certificate when it is over, and no more is trusted than needed', () => {
    fc.assert(
      fc.property(clocks, fc.array(event, { maxLength: 30 }), node, (skews, events, leader) => {
        const world = worldOf(skews)
        for (const happening of events) happen(world, happening)
        for (let index = 0; index < REPLICAS; index++) world.cutOff(index, false)
        world.elect(leader)
        const { steps } = world
        for (let waited = 0; waited < 10 && !world.isCalm; waited++)
          world.pass(WORLD_LIFETIMES.graceMs, () => true)
        expect(world.isCalm).toBe(true)
        const [issued, begun] = [steps.issue, steps.begin]
        world.pass(WORLD_LIFETIMES.certificateMs + 4 * WORLD_LIFETIMES.backdatedMs, () => true)
        expect(world.trusted).toBeLessThanOrEqual(2)
        // One for each time that it is due, and one more if the authority was.
        expect(steps.issue - issued).toBeLessThanOrEqual(4)
        expect(steps.begin - begun).toBeLessThanOrEqual(1)
      }),
      { numRuns: 100 },
    )
  })
})

test('left alone, certificates and authorities are renewed when due, one after the other', () => {
  const world = worldOf([0, 7, -7])
  const { steps } = world
  world.pass(10 * WORLD_LIFETIMES.authorityMs, () => true)
  // An authority lasts for 400, a certificate for 100.
  expect(steps.begin).toBeGreaterThanOrEqual(14)
  expect(steps.begin).toBeLessThanOrEqual(16)
  expect(steps.issue).toBeGreaterThanOrEqual(58)
  expect(steps.issue).toBeLessThanOrEqual(76)
  expect(steps.retire).toBeGreaterThanOrEqual(steps.begin - 2)
})
