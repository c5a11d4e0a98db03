import { describe, expect, test } from '@jest/globals'
import type { Round } from '../../../proxy/aggregate/aggregator.ts'
import type { SeriesCollector } from '../../../proxy/aggregate/collector.ts'
import { LineCollector } from '../../../proxy/aggregate/line-collector.ts'
import { LimitExceededError } from '../../../proxy/exposition/limit-error.ts'
import { KernelCollector } from '../../../proxy/gate/kernel/collect/collector.ts'
import { SERIES_UNSEEN_SCRAPES } from '../../../proxy/limits.ts'
import { INTERVAL_MS, Rounds } from './rounds.ts'

/** How many series there may be, how many the runaway brings in each scrape, and after how many rounds all is forgotten. */
const SERIES_MAX = 450
const BRINGS = 25
const FORGET_ROUNDS = 6

/** Lines with so many series of one counter that nobody has had before. */
class Runaway {
  #next = 0

  lines(count = BRINGS): string[] {
    return Array.from({ length: count }, () => `runaway_total{id="${this.#next++}"} 1`)
  }
}

/** What a round came to, and which targets had too many series. */
interface Result {
  readonly refused: readonly string[]
  readonly values: ReadonlyMap<string, number>
}

/** Rounds in which a target that is refused fails, as those of the proxy. */
class Fleet {
  readonly rounds: Rounds
  readonly #series: SeriesCollector

  constructor(collector: SeriesCollector, seriesMax = SERIES_MAX) {
    this.#series = collector
    this.rounds = new Rounds({
      rules: [{ action: 'labeldrop', regex: 'id' }],
      forgetAfterMs: FORGET_ROUNDS * INTERVAL_MS,
      parts: { seriesMax, createCollector: () => collector },
    })
  }

  get heldBytes(): number {
    return this.#series.heldBytes
  }

  /** Bodies are read one after the other, those that end in `broken` up to there. */
  round(bodies: Readonly<Record<string, readonly string[]>>): Result {
    const refused: string[] = []
    const { values } = this.rounds.exchange(Object.keys(bodies), round => {
      for (const [target, lines] of Object.entries(bodies)) {
        const refusal = feed(round, target, lines)
        if (refusal !== undefined) refused.push(`${target}: ${refusal}`)
      }
    })
    return { refused, values }
  }
}

/** Feeds the scrape of a target; the code of what refused it. */
function feed(round: Round, target: string, lines: readonly string[]): string | undefined {
  const scrape = round.open(target, 'text')
  try {
    for (const line of lines) if (line !== 'broken') scrape.push(Buffer.from(`${line}\n`))
    if (lines.at(-1) === 'broken') round.fail(target)
    else scrape.finish()
    return undefined
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error
    round.fail(target)
    return error.code
  }
}

describe.each<[string, () => SeriesCollector]>([
  ['LineCollector', () => new LineCollector(0)],
  ['KernelCollector', () => new KernelCollector(0)],
])('a target that makes series up, read by %s', (_, create) => {
  test('fails when room is short, alone: healthy targets find room for new series all the time', () => {
    const fleet = new Fleet(create())
    const runaway = new Runaway()
    const refused = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const healthy = [`healthy_total{id="${Math.floor(round / 4)}"} ${round}`]
      for (const each of fleet.round({ a: runaway.lines(), b: healthy }).refused) refused.add(each)
    }
    expect([...refused]).toEqual(['a: E_SERIES'])
  })

  test('is back when it has failed for as long as series are remembered', () => {
    const fleet = new Fleet(create())
    const runaway = new Runaway()
    let [failures, longest] = [0, 0]
    for (let round = 0; round < 100; round++) {
      const { refused } = fleet.round({ a: runaway.lines(), b: ['healthy_total 1'] })
      failures = refused.length === 0 ? 0 : failures + 1
      longest = Math.max(longest, failures)
    }
    expect(longest).toBeGreaterThan(0)
    expect(longest).toBeLessThanOrEqual(FORGET_ROUNDS + 1)
  })

  test('counts nothing twice: what it has counted before it was forgotten does not come again', () => {
    const fleet = new Fleet(create())
    const runaway = new Runaway()
    let last = 0
    for (let round = 0; round < 100; round++) {
      const body = ['honest_total 1000', ...runaway.lines()]
      const { values } = fleet.round({ a: body, b: ['healthy_total 1'] })
      last = values.get('honest_total') ?? last
    }
    expect(last).toBe(0)
  })

  test('is forgotten, not one that fails for another reason', () => {
    const fleet = new Fleet(create())
    fleet.round({ a: ['a_total 5'], b: ['b_total 1'] })
    for (let round = 0; round < 3 * SERIES_UNSEEN_SCRAPES; round++)
      fleet.round({ a: ['a_total 6', 'broken'], b: ['b_total 1'] })
    expect(fleet.round({ a: ['a_total 9'], b: ['b_total 1'] }).values.get('a_total')).toBe(4)
  })

  test('leaves room for others in the round in which it is seen first', () => {
    const fleet = new Fleet(create())
    const many = new Runaway().lines(2 * SERIES_MAX)
    const healthy = Array.from({ length: BRINGS }, (__, at) => `healthy_total{id="${at}"} 1`)
    const first = fleet.round({ a: many, b: healthy })
    expect(first.refused).toEqual(['a: E_SERIES'])
    expect(fleet.round({ a: many, b: healthy, c: new Runaway().lines() }).refused).toEqual(['a: E_SERIES'])
  })

  test.each([
    ['is refused', (lines: string[]) => lines.concat(new Runaway().lines(SERIES_MAX))],
    ['breaks off', (lines: string[]) => [...lines, 'broken']],
  ])('has no numbers of a scrape that %s, but for series that another target has', (__, end) => {
    const fleet = new Fleet(create())
    const shared = ['shared_total 1']
    fleet.round({ b: ['healthy_total 1'] })
    const { heldBytes } = fleet
    for (let round = 0; round < 50; round++) {
      const made = Array.from({ length: BRINGS }, (___, at) => `made_total{id="${round}-${at}"} 1`)
      const { values } = fleet.round({ a: end([...shared, ...made]), b: ['healthy_total 1', ...shared] })
      expect([...values.keys()].sort()).toEqual(['healthy_total', 'shared_total'])
    }
    expect(fleet.heldBytes).toBeLessThan(heldBytes + 300)
    expect(fleet.round({ c: new Runaway().lines(SERIES_MAX / 2) }).refused).toEqual([])
  })
})

describe('the room for series', () => {
  test('of which nobody knows anything is free again in the round after somebody lacked it', () => {
    const fleet = new Fleet(new LineCollector(0))
    const runaway = new Runaway()
    const process = (startedAt: number) => [`process_start_time_seconds ${startedAt}`, ...runaway.lines(200)]
    fleet.round({ a: process(1000) })
    const other = { a: process(2000) }
    fleet.round(other)
    const late = { ...other, b: runaway.lines(200) }
    expect([1, 2].map(() => fleet.round(late).refused)).toEqual([['b: E_SERIES'], []])
  })

  test.each([
    ['one target: all but a ninth', ['a'], 8],
    ['two: all but a seventeenth', ['a', 'b'], 16],
  ])('%s', (_, targets, ninths) => {
    const fleet = new Fleet(new LineCollector(0))
    const held = targets.map(() => SERIES_MAX / 3)
    for (let isFull = false; !isFull; ) {
      const bodies = targets.map((target, at) => [
        target,
        Array.from({ length: (held[at] ?? 0) + 1 }, (__, id) => `a_total{id="${target}${id}"} 1`),
      ])
      const { refused } = fleet.round(Object.fromEntries([...bodies, ['known', ['known_total 1']]]))
      for (const [at, target] of targets.entries())
        if (!refused.includes(`${target}: E_SERIES`)) held[at] = (held[at] ?? 0) + 1
      isFull = refused.length === targets.length
    }
    const all = held.reduce((sum, each) => sum + each, 0)
    expect(all / SERIES_MAX).toBeCloseTo(ninths / (ninths + 1), 2)
  })
})
