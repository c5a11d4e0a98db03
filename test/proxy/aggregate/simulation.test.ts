import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Aggregator, type CreateCollector } from '../../../proxy/aggregate/aggregator.ts'
import { LineCollector } from '../../../proxy/aggregate/line-collector.ts'
import { DEFAULT_AGGREGATION } from '../../../proxy/aggregate/settings.ts'
import { programOf } from '../gate/gate.ts'
import { anyEvent, randomEvent } from './simulation/events.ts'
import { Random } from './simulation/random.ts'
import { type Event, World, type WorldRound } from './simulation/world.ts'

const COUNTER = /^(?:requests_total|latency_)/
const LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' } as const
const PLAIN = { format: 'text', tellsStart: false, tellsCreated: false } as const
const BEGINNING: readonly Event[] = [
  { kind: 'start', process: PLAIN, skewMs: 0, reuses: false },
  { kind: 'start', process: { ...PLAIN, tellsStart: true }, skewMs: 0, reuses: false },
]
const program = programOf([{ action: 'labeldrop', regex: 'path' }])

function createWorld(createCollector?: CreateCollector): World {
  const create = () =>
    new Aggregator(program, DEFAULT_AGGREGATION, LIMITS, createCollector && { createCollector })
  return new World(create, DEFAULT_AGGREGATION)
}

/** What a counter of the output must not do between two rounds. */
function expectNoFall(before: WorldRound | undefined, { output, isFresh }: WorldRound): void {
  if (before?.output === undefined || output === undefined || isFresh) return
  for (const [series, value] of output) {
    const last = before.output.get(series)
    if (last !== undefined && COUNTER.test(series) && value < last) {
      throw new Error(`${series} falls from ${last} to ${value}`)
    }
  }
}

/** The values of a round must be those that the ledger has. */
function expectTruth({ output, expected }: WorldRound): void {
  if (output === undefined) return
  const values = [...output].filter(([series]) => COUNTER.test(series) || series === 'queue')
  expect(Object.fromEntries(values)).toEqual(Object.fromEntries(expected))
}

/** Runs events one by one and holds each round against the ledger. How many rounds there were. */
function live(world: World, events: Iterable<Event>): number {
  let before: WorldRound | undefined
  let rounds = 0
  for (const event of events) {
    const round = world.apply(event)
    if (round === undefined) continue
    rounds++
    expectNoFall(before, round)
    expectTruth(round)
    before = round
  }
  return rounds
}

/** Everything that was ever counted is in the output, lost for a reason, or waits for the next scrape. */
function expectAccounted({ ledger, counted, targets }: World): void {
  const children = targets.flatMap(({ process }) => process.children)
  const waiting = children.reduce((sum, { unaccounted }) => sum + unaccounted, 0)
  const lost = Object.values(ledger.lost).reduce((sum, amount) => sum + amount, 0)
  expect(ledger.totalArrived + lost + waiting).toBe(counted)
}

function* randomEvents(seed: number, rounds: number): Generator<Event, void, undefined> {
  const random = new Random(seed)
  for (let round = 0; round < rounds; ) {
    const event = randomEvent(random)
    if (event.kind === 'round') round++
    yield event
  }
}

describe('the output rises by what the targets counted, but for what no scraper can see', () => {
  test.each([1, 2, 3, 4])('through a thousand rounds of everything that can happen, seed %i', seed => {
    const world = createWorld()
    expect(live(world, randomEvents(seed, 1000))).toBeGreaterThan(900)
    expectAccounted(world)
    expect(world.ledger.totalArrived).toBeGreaterThan(0.75 * world.counted)
  })

  test.each<[string, CreateCollector | undefined]>([
    ['as it is', undefined],
    ['with the specification of the collector', () => new LineCollector(0)],
  ])('through any sequence of events, %s', (_, createCollector) => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), events => {
        const world = createWorld(createCollector)
        live(world, [...BEGINNING, ...events, { kind: 'round', afterMs: 15_000 }])
        expectAccounted(world)
      }),
      { numRuns: 300 },
    )
  })
})
