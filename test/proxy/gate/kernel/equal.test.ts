import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ExpositionFormat } from '../../../../proxy/exposition/format.ts'
import { KernelScrape } from '../../../../proxy/gate/kernel/scrape.ts'
import { GAUGE_FUNCTIONS, type MergeSettings } from '../../../../proxy/gate/merge/settings.ts'
import type { AnyScrape } from '../../../../proxy/gate/open-scrape.ts'
import type { Program } from '../../../../proxy/gate/program.ts'
import { Scrape, type ScrapeLimits } from '../../../../proxy/gate/scrape.ts'
import { SlicePool } from '../../../../proxy/gate/slice-pool.ts'
import { type PolicyCounter, PolicySet } from '../../../../proxy/policy/policy-set.ts'
import { SeriesPolicies } from '../../../../proxy/policy/series-policies.ts'
import { compileRegex } from '../../../../proxy/relabel/regex.ts'
import { policy } from '../../policy/policies.ts'
import { programOf } from '../gate.ts'
import { bodies, bytesOf, format } from './expositions.ts'

const drop = { action: 'drop', source_labels: ['path'], regex: '1.*' }
const keep = { action: 'keep', source_labels: ['__name__'], regex: 'a|h_.*|s.*|c_total' }
const rename = {
  source_labels: ['__name__'],
  regex: 'h(_.*)|(b)',
  target_label: '__name__',
  replacement: 'a$1$2',
}
const noPath = { action: 'labeldrop', regex: 'path|c' }
const byBound = { action: 'keep', source_labels: ['le', 'quantile'], regex: '1\\.0;|;1\\.0|;' }
const nameless = { action: 'labeldrop', regex: '__name__|x_1' }
const add = { source_labels: ['b'], target_label: 'z' }

const POLICIES: Readonly<Record<string, readonly (readonly [matchers: object[], keep: boolean])[]>> = {
  none: [],
  names: [
    [[{ metric_field: 'name', regex: '^(a|h_b)' }], false],
    [[{ metric_type: 'gauge' }], true],
    [
      [
        { metric_type: 'sum', negate: true },
        { metric_field: 'name', ends_with: 'a' },
      ],
      false,
    ],
  ],
  labels: [
    [[{ datapoint_attribute: 'path', starts_with: '1' }], false],
    [[{ datapoint_attribute: 'le', exists: true, negate: true }], true],
    [[{ metric_type: 'histogram' }, { datapoint_attribute: 'c', exists: true }], false],
  ],
  texts: [
    [[{ metric_field: 'description', exists: true }], false],
    [
      [
        { metric_field: 'unit', exists: false },
        { metric_field: 'description', contains: 'x' },
      ],
      true,
    ],
  ],
  samples: [
    [[{ datapoint_attribute: 'value', gt: 1 }], false],
    [
      [
        { datapoint_attribute: 'timestamp', exists: true },
        { metric_field: 'name', exact: 'a' },
      ],
      false,
    ],
    [
      [
        { datapoint_attribute: 'value', lte: 1 },
        { datapoint_attribute: 'path', exists: true },
      ],
      true,
    ],
    [[{ metric_field: 'name', regex: 'b' }], false],
  ],
}

const RULES: readonly (readonly [object[], Record<string, object[]>])[] = [
  [[keep], {}],
  [[drop, byBound], {}],
  [[noPath], {}],
  [[keep, noPath], { sum: [noPath, rename], all: [], kept: [drop] }],
  [[], { sum: [noPath] }],
  [[], {}],
  [[], { all: [] }],
  [[rename, add], { lost: [nameless], bound: [byBound, noPath] }],
  [[{ action: 'labelmap', regex: '(b|c)', replacement: 'm_$1' }, drop], {}],
]

/** Sessions for each set of rules, without policies and for each set of these. */
const RUNS = 150
const RUNS_WITH_POLICIES = 25

interface Session {
  readonly format: ExpositionFormat
  readonly limits: ScrapeLimits
  readonly hasEnd: boolean
  /** Which scrape goes on next, again and again; scrapes of a session overlap in part. */
  readonly turns: readonly number[]
  /** How many scrapes are under way at a time. */
  readonly atOnce: number
  readonly seriesMax: number
  readonly reloadAfter: number
  readonly merge: MergeSettings
  /** Where in the kernel's window chunks are received; -1: they come elsewhere. */
  readonly receivedAt: number
}

const gaugeFunction = fc.constantFrom(...GAUGE_FUNCTIONS)
const merge: fc.Arbitrary<MergeSettings> = fc.record({
  counters: fc.constantFrom('sum', 'increase'),
  gauges: gaugeFunction,
  overrides: fc.array(
    fc.record({ metrics: fc.constantFrom('a', 'b|c_.*', 'h.*').map(compileRegex), function: gaugeFunction }),
    { maxLength: 2 },
  ),
})

const session: fc.Arbitrary<Session> = fc.record({
  format,
  limits: fc.record({
    inputBytesMax: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 400 })),
    outputBytesMax: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 6, max: 400 })),
    onLimit: fc.constantFrom('truncate', 'truncate', 'fail'),
    series: fc.oneof(
      { weight: 3, arbitrary: fc.constant({ max: Infinity, onLimit: 'pass' as const }) },
      fc.record({ max: fc.nat(12), onLimit: fc.constantFrom('pass', 'drop') }),
    ),
  }),
  hasEnd: fc.boolean(),
  turns: fc.array(fc.nat(2), { minLength: 1, maxLength: 10 }),
  atOnce: fc.integer({ min: 1, max: 3 }),
  seriesMax: fc.constantFrom(0, 3, 1000, 1000, 1000),
  reloadAfter: fc.integer({ min: 1, max: 12 }),
  merge,
  receivedAt: fc.oneof(fc.constant(-1), fc.nat(200)),
})

type Pair = readonly [Generator<unknown>, Generator<unknown>]

/** Hands a chunk to a scrape. */
type Push = (scrape: AnyScrape, chunk: Buffer) => Uint8Array[]

const push: Push = (scrape, chunk) => scrape.push(Buffer.from(chunk))

/** As a connection does that reads into the kernel's window: among other bytes, which digits could go on. */
function pushReceived(program: Program, at: number): Push {
  return (scrape, chunk) => {
    const room = program.memory.receiveRoom
    if (room === undefined) throw new Error('no scrape has begun')
    const end = at + chunk.length
    room.view.fill(0x31, 0, end + 16)
    room.view.set(chunk, at)
    const output = scrape.push(room.view.subarray(at, end))
    expect(Buffer.from(room.view.subarray(end, end + 16)).toString()).toBe('1'.repeat(16))
    return output
  }
}

/** Feeds one scrape, step by step; each step gives what came out of it. */
function* feed(
  scrape: AnyScrape,
  pool: SlicePool,
  body: Buffer,
  chunkBytes: readonly number[],
  pushTo: Push,
): Generator<unknown> {
  try {
    let at = 0
    for (let i = 0; at < body.length; i++) {
      const length = chunkBytes[i % chunkBytes.length] ?? 1
      const chunks = pushTo(scrape, body.subarray(at, at + length))
      yield Buffer.concat(chunks).toString('latin1')
      for (const chunk of chunks) pool.giveBack(chunk)
      at += length
    }
    const { main, subsets } = scrape.finish()
    yield Buffer.concat([...main]).toString('latin1')
    yield [...subsets].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')])
    yield scrape.stats
  } catch (error) {
    yield String(error)
  } finally {
    scrape.close()
  }
}

/** Runs pairs of scrapes, some at a time, and compares each step of the two of a pair. */
function compare(pairs: readonly Pair[], { turns, atOnce }: Session): void {
  const waiting = [...pairs]
  const running = waiting.splice(0, atOnce)
  for (let turn = 0; running.length > 0; turn++) {
    const place = (turns[turn % turns.length] ?? 0) % running.length
    const [expected, actual] = running[place] ?? []
    const step = expected?.next()
    expect(actual?.next()).toEqual(step)
    if (step?.done !== false) running.splice(place, 1, ...waiting.splice(0, 1))
  }
}

/** The same scrape through both, each opened when it has its first turn. */
function* feedLater(
  open: (pool: SlicePool) => AnyScrape,
  body: Buffer,
  chunkBytes: readonly number[],
  pushTo: Push,
): Generator<unknown> {
  const pool = new SlicePool()
  yield* feed(open(pool), pool, body, chunkBytes, pushTo)
}

const CASES = Object.keys(POLICIES).flatMap(policies =>
  RULES.map(([main, subsets]) => ({ policies, main, subsets })),
)

/** A program, and what its policies count. */
function compile(
  { policies, main, subsets }: (typeof CASES)[number],
  { seriesMax, merge: settings }: Session,
): { program: Program; counters: readonly PolicyCounter[] } {
  const written = POLICIES[policies] ?? []
  const counters = written.map(() => ({ hits: 0, misses: 0 }))
  const set = new PolicySet(
    written.map(([matchers, kept]) => policy(matchers, kept)),
    counters,
  )
  const limits = { seriesMax, bytesMax: 10 ** 9, unseenScrapes: 2 }
  const program = programOf(main, subsets, limits, settings, new SeriesPolicies(set, new Map()))
  return { program, counters }
}

test.each(CASES)('the kernel gives what the specification gives: $policies, $main $subsets', rules => {
  fc.assert(
    fc.property(bodies, session, (all, of) => {
      const compiled = () => [compile(rules, of), compile(rules, of)] as const
      let programs = compiled()
      const used = [programs]
      const pairs = all.map((body, index): Pair => {
        if (index > 0 && index % of.reloadAfter === 0) {
          programs = compiled()
          used.push(programs)
        }
        const [specification, kernel] = programs
        const bytes = bytesOf(body, of.format, of.hasEnd)
        const pushHere = of.receivedAt === -1 ? push : pushReceived(kernel.program, of.receivedAt)
        return [
          feedLater(
            pool => new Scrape(specification.program, of.format, of.limits, pool),
            bytes,
            body.chunkBytes,
            push,
          ),
          feedLater(
            pool => new KernelScrape(kernel.program, of.format, of.limits, pool),
            bytes,
            body.chunkBytes,
            pushHere,
          ),
        ]
      })
      compare(pairs, of)
      for (const [specification, kernel] of used) expect(kernel.counters).toEqual(specification.counters)
    }),
    { numRuns: rules.policies === 'none' ? RUNS : RUNS_WITH_POLICIES },
  )
})
