import fc from 'fast-check'
import type { ProcessKind } from './process.ts'
import type { Random } from './random.ts'
import type { Event } from './world.ts'

const KINDS: readonly ProcessKind[] = [
  { format: 'text', tellsStart: true, tellsCreated: false },
  { format: 'text', tellsStart: true, tellsCreated: false },
  { format: 'text', tellsStart: false, tellsCreated: false },
  { format: 'openmetrics', tellsStart: true, tellsCreated: false },
  { format: 'openmetrics', tellsStart: false, tellsCreated: true },
]
const PATHS = 12
const TARGETS = 4

/** What can happen, and how often, in events per thousand. */
const WEIGHTS: readonly (readonly [number, (random: Random) => Event])[] = [
  [560, random => ({ kind: 'serve', ...at(random), path: random.below(PATHS), times: random.below(20) })],
  [300, random => ({ kind: 'round', afterMs: 15_000 + random.below(2_000) })],
  [25, random => ({ kind: 'restart', ...at(random), ...process(random) })],
  [12, random => ({ kind: 'start', ...process(random), reuses: random.chance(0.5) })],
  [10, random => ({ kind: 'stop', ...at(random) })],
  [4, random => ({ kind: 'move', ...at(random) })],
  [25, random => ({ kind: 'late', ...at(random) })],
  [15, random => ({ kind: 'cut', ...at(random) })],
  [15, random => ({ kind: 'hide', ...at(random), rounds: 1 + random.below(random.chance(0.2) ? 60 : 4) })],
  [20, random => ({ kind: 'remove', ...at(random), path: random.below(PATHS) })],
  [8, random => ({ kind: 'mute', ...at(random), path: random.below(PATHS), scrapes: 1 + random.below(3) })],
  [1, () => ({ kind: 'forget everything' })],
  [5, () => ({ kind: 'abort' })],
]
const TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0)

/** A random event. */
export function randomEvent(random: Random): Event {
  let left = random.below(TOTAL)
  for (const [weight, make] of WEIGHTS) {
    if (left < weight) return make(random)
    left -= weight
  }
  throw new Error('BUG: no event')
}

function at(random: Random): { at: number } {
  return { at: random.below(1000) }
}

function process(random: Random): { process: ProcessKind; skewMs: number } {
  const kind = KINDS[random.below(KINDS.length)]
  if (kind === undefined) throw new Error('BUG: no kind of process')
  // Clocks agree to the second mostly, and seldom not at all.
  const skewMs = random.chance(0.9) ? random.below(2_000) - 1_000 : random.below(200_000) - 100_000
  return { process: kind, skewMs }
}

const anyTarget = fc.nat({ max: TARGETS - 1 })
const anyPath = fc.nat({ max: 2 })
const anyProcess = fc.record({
  process: fc.constantFrom(...KINDS),
  skewMs: fc.constantFrom(0, 0, 1_000, -1_000, 100_000),
})

/** Any event; few targets and paths, so that they meet. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('round'), afterMs: fc.constantFrom(15_000, 15_000, 700_000) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('serve'),
      at: anyTarget,
      path: anyPath,
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart'), at: anyTarget }).chain(withProcess) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('start'), reuses: fc.boolean() }).chain(withProcess),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('stop', 'move', 'late', 'cut'), at: anyTarget }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hide'),
      at: anyTarget,
      rounds: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), at: anyTarget, path: anyPath }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('mute'),
      at: anyTarget,
      path: anyPath,
      scrapes: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('forget everything', 'abort') }) },
)

function withProcess<Partial extends object>(partial: Partial) {
  return anyProcess.map(process => ({ ...partial, ...process }))
}
