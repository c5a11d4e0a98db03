import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Aggregator, type Round, type TargetScrape } from '../../../../../proxy/aggregate/aggregator.ts'
import type { SeriesCollector } from '../../../../../proxy/aggregate/collector.ts'
import { LineCollector } from '../../../../../proxy/aggregate/line-collector.ts'
import { type AggregationSettings, DEFAULT_AGGREGATION } from '../../../../../proxy/aggregate/settings.ts'
import type { ExpositionFormat } from '../../../../../proxy/exposition/format.ts'
import { parseLine } from '../../../../../proxy/exposition/parse.ts'
import { KernelCollector } from '../../../../../proxy/gate/kernel/collect/collector.ts'
import { GAUGE_FUNCTIONS } from '../../../../../proxy/gate/merge/settings.ts'
import { programOf } from '../../gate.ts'
import { type Body, bodies, bytesOf, format } from '../expositions.ts'

const noPath = { action: 'labeldrop', regex: 'path|c' }
const keep = { action: 'keep', source_labels: ['__name__'], regex: 'a|h_.*|s.*|c_total' }
const rename = {
  source_labels: ['__name__'],
  regex: 'h(_.*)|(b)',
  target_label: '__name__',
  replacement: 'a$1$2',
}

const RULES: readonly (readonly [object[], Record<string, object[]>])[] = [
  [[], {}],
  [[keep], {}],
  [[noPath], { all: [], kept: [keep, rename] }],
]

/** Sessions for each set of rules. */
const RUNS = 120

/** The scrape of one target: some of its chunks come, or all of them. */
interface Visit {
  readonly address: string
  readonly body: number
  readonly format: ExpositionFormat
  readonly hasEnd: boolean
  /** After how many chunks the connection breaks. */
  readonly breaksAfter: number | undefined
}

interface RoundPlan {
  readonly visits: readonly Visit[]
  readonly turns: readonly number[]
  readonly elapsedMs: number
}

interface Session {
  readonly inputBytesMax: number
  /** Few enough that targets fail for lack of numbers, or as many as nobody has. */
  readonly seriesMax: number
  readonly settings: AggregationSettings
  /** Whether lines that do not parse are left in. */
  readonly keepsMalformed: boolean
  readonly rounds: readonly RoundPlan[]
}

const visit: fc.Arbitrary<Visit> = fc.record({
  address: fc.constantFrom('a', 'b', 'c'),
  body: fc.nat(20),
  format,
  hasEnd: fc.boolean(),
  breaksAfter: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.nat(3)),
})

const session: fc.Arbitrary<Session> = fc.record({
  inputBytesMax: fc.constantFrom(0, 0, 0, 300),
  seriesMax: fc.constantFrom(1000, 1000, 6, 20),
  settings: fc.record({
    counters: fc.constantFrom('increase', 'sum'),
    gauges: fc.constantFrom(...GAUGE_FUNCTIONS),
    overrides: fc.constant([]),
    onTargetFailure: fc.constantFrom('hold', 'partial', 'fail'),
    holdRounds: fc.nat(2),
    forgetAfterMs: fc.constant(DEFAULT_AGGREGATION.forgetAfterMs),
  }),
  keepsMalformed: fc.constantFrom(false, false, false, true),
  rounds: fc.array(
    fc.record({
      visits: fc.uniqueArray(visit, { selector: ({ address }) => address, maxLength: 3 }),
      turns: fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }),
      elapsedMs: fc.constantFrom(1000, 30_000, DEFAULT_AGGREGATION.forgetAfterMs),
    }),
    { minLength: 1, maxLength: 8 },
  ),
})

function bytesFor(
  { body, format: of, hasEnd }: Visit,
  all: readonly Body[],
  keepsMalformed: boolean,
): Buffer {
  const { lines, chunkBytes } = all[body % all.length] ?? { lines: [], chunkBytes: [1] }
  const parses = (line: string) => {
    const kind = parseLine(`${Buffer.from(line).toString('latin1')}\n`, of).kind
    return kind !== 'malformed' && kind !== 'end'
  }
  return bytesOf({ lines: keepsMalformed ? lines : lines.filter(parses), chunkBytes }, of, hasEnd)
}

/** Feeds one target, a chunk at each step, and says in the end what became of it. */
function* feed(
  round: Round,
  plan: Visit,
  all: readonly Body[],
  keepsMalformed: boolean,
): Generator<void, string> {
  const bytes = bytesFor(plan, all, keepsMalformed)
  const sizes = all[plan.body % all.length]?.chunkBytes ?? [1]
  const scrape = round.open(plan.address, plan.format)
  try {
    let at = 0
    for (let i = 0; at < bytes.length; i++) {
      if (i === plan.breaksAfter) return broken(scrape)
      const length = sizes[i % sizes.length] ?? 1
      scrape.push(Buffer.from(bytes.subarray(at, at + length)))
      at += length
      yield
    }
    scrape.finish()
    return JSON.stringify(scrape.stats)
  } catch (error) {
    scrape.close()
    round.fail(plan.address)
    return `${error} ${JSON.stringify(scrape.stats)}`
  }
}

function broken(scrape: TargetScrape): string {
  scrape.close()
  return 'broken'
}

/** Runs the scrapes of a round, some chunks of one, then some of another. */
function run(
  round: Round,
  { visits, turns }: RoundPlan,
  all: readonly Body[],
  keepsMalformed: boolean,
): unknown {
  const ends: string[] = []
  const running = visits.map(plan => feed(round, plan, all, keepsMalformed))
  for (let turn = 0; running.length > 0; turn++) {
    const place = (turns[turn % turns.length] ?? 0) % running.length
    const step = running[place]?.next()
    if (step?.done === false) continue
    ends.push(String(step?.value))
    running.splice(place, 1)
  }
  try {
    const { main, subsets, stats } = round.finish('# TYPE up gauge\nup 1\n')
    const text = Buffer.concat([...main]).toString('latin1')
    return { ends, text, subsets: [...subsets].map(([name, bytes]) => [name, String(bytes)]), stats }
  } catch (error) {
    return { ends, error: String(error) }
  }
}

function play(
  createCollector: (inputBytesMax: number) => SeriesCollector,
  [main, subsets]: (typeof RULES)[number],
  all: readonly Body[],
  { inputBytesMax, seriesMax, settings, keepsMalformed, rounds }: Session,
): unknown[] {
  const limits = { inputBytesMax, outputBytesMax: 0, onLimit: 'truncate' } as const
  const aggregator = new Aggregator(programOf(main, subsets), settings, limits, {
    createCollector: (_, { inputBytesMax: most }) => createCollector(most),
    seriesMax,
  })
  let nowMs = 1_700_000_000_000
  return rounds.map(plan => {
    nowMs += plan.elapsedMs
    const addresses = plan.visits.map(({ address }) => address)
    return run(aggregator.beginRound([...addresses, 'a'], nowMs), plan, all, keepsMalformed)
  })
}

test.each(RULES)('the kernel collects what the specification collects: %j %j', (...rules) => {
  fc.assert(
    fc.property(bodies, session, (all, of) => {
      const expected = play(most => new LineCollector(most), rules, all, of)
      expect(play(most => new KernelCollector(most), rules, all, of)).toEqual(expected)
    }),
    { numRuns: RUNS },
  )
})
