import { describe, expect, test } from '@jest/globals'
import { SeriesDirectory } from '../../../proxy/aggregate/series-directory.ts'
import { DEFAULT_AGGREGATION } from '../../../proxy/aggregate/settings.ts'
import { SERIES_UNSEEN_SCRAPES } from '../../../proxy/limits.ts'
import { compileRegex } from '../../../proxy/relabel/regex.ts'
import { programOf } from '../gate/gate.ts'
import { INTERVAL_MS, Rounds } from './rounds.ts'

/** Long enough that whatever no scrape had is forgotten. */
const LONG = { forgetAfterMs: SERIES_UNSEEN_SCRAPES * INTERVAL_MS }
const MANY = 3 * SERIES_UNSEEN_SCRAPES

function repeat(rounds: Rounds, times: number, targets: Parameters<Rounds['round']>[0]): void {
  for (let time = 0; time < times; time++) rounds.round(targets)
}

describe('what is forgotten', () => {
  test('a series of the output retires when all targets have lacked it for long', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total{x="1"} 1', 'a_total{x="2"} 1'] })
    repeat(rounds, SERIES_UNSEEN_SCRAPES / 2, { x: ['a_total{x="1"} 1'] })
    expect(rounds.round({ x: ['a_total{x="1"} 1'] }).values.has('a_total{x="2"}')).toBe(true)
    repeat(rounds, MANY, { x: ['a_total{x="1"} 1'] })
    expect(rounds.round({ x: ['a_total{x="1"} 1'] }).values.has('a_total{x="2"}')).toBe(false)
  })

  test('a series does not retire while one target has it', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total 1'], y: ['a_total 5'] })
    repeat(rounds, MANY, { x: ['b 1'], y: ['a_total 5'] })
    expect(rounds.round({ x: ['b 1'], y: ['a_total 6'] }).values.get('a_total')).toBe(1)
  })

  test('a target that left is forgotten after a while: it is new when it comes back', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total 5'], y: ['a_total 1'] })
    rounds.round({ y: ['a_total 1'] }, LONG.forgetAfterMs + 1)
    expect(rounds.round({ x: ['a_total 50'], y: ['a_total 1'] }).values.get('a_total')).toBe(0)
  })

  test('a target that left comes back in time', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total 5'], y: ['a_total 1'] })
    rounds.round({ y: ['a_total 1'] }, LONG.forgetAfterMs - 1)
    expect(rounds.round({ x: ['a_total 9'], y: ['a_total 1'] }, 1).values.get('a_total')).toBe(4)
  })

  test('a target that does not answer is not forgotten while it is in the list', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total 5'], y: ['a_total 1'] })
    repeat(rounds, MANY, { x: 'no answer', y: ['a_total 1'] })
    expect(rounds.round({ x: ['a_total 9'], y: ['a_total 1'] }).values.get('a_total')).toBe(4)
  })

  test('a few scrapes without a series, however much later, are not enough to forget it', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, MANY, { x: ['a_total 500', 'b 1'] })
    for (let time = 0; time < 3; time++) rounds.round({ x: ['b 1'] }, 3 * LONG.forgetAfterMs)
    expect(rounds.round({ x: ['a_total 501', 'b 1'] }).values.get('a_total')).toBe(1)
  })

  test('a series that retired and comes back is a new counter', () => {
    const rounds = new Rounds(LONG)
    repeat(rounds, 2, { x: ['a_total 5', 'b 1'] })
    rounds.round({ x: ['a_total 50', 'b 1'] })
    repeat(rounds, MANY, { x: ['b 1'] })
    expect(rounds.round({ x: ['a_total 3', 'b 1'] }).values.get('a_total')).toBe(3)
  })
})

test('a series of the output that takes the place of one that retired has nothing of it', () => {
  const overrides = [{ metrics: compileRegex('max.*'), function: 'max' }] as const
  const rounds = new Rounds({ ...LONG, overrides })
  repeat(rounds, 2, { x: ['max 1', 'a_total 1', 'b 1'] })
  rounds.round({ x: ['max 1', 'a_total 100', 'b 1'] })
  repeat(rounds, MANY, { x: ['b 1'] })
  const { values } = rounds.round({ x: ['b 1', 'g 1', 'c_total 5'], y: ['g 3'] })
  expect(Object.fromEntries(values)).toEqual({ b: 1, g: 4, c_total: 5 })
})

describe('memory is bounded', () => {
  test('by the series that there are, not by those that there were', () => {
    const rounds = new Rounds(LONG)
    const generation = (number: number) =>
      Array.from({ length: 100 }, (_, at) => `a_total{generation="${number}",series="${at}"} 1`)
    const held: number[] = []
    for (let number = 0; number < 12; number++) {
      repeat(rounds, SERIES_UNSEEN_SCRAPES, { x: generation(number), [`y${number}`]: generation(number) })
      held.push(rounds.aggregator.heldBytes)
    }
    expect(Math.max(...held.slice(6))).toBeLessThanOrEqual(1.05 * Math.max(...held.slice(0, 6)))
  })

  test('8¼ bytes for each series of each further target', () => {
    const series = Array.from({ length: 512 * 20 }, (_, at) => `a_total{series="${at}"} 1`)
    const rounds = new Rounds()
    rounds.round({ x: series })
    const before = rounds.aggregator.heldBytes
    rounds.round({ x: series, y: series, z: series })
    const bytes = (rounds.aggregator.heldBytes - before) / (2 * series.length)
    expect(bytes).toBeGreaterThanOrEqual(8.25)
    expect(bytes).toBeLessThan(9.5)
  })

  test('a target costs nothing for the series that only others have', () => {
    const series = (target: string) =>
      Array.from({ length: 512 * 4 }, (_, at) => `a_total{target="${target}",series="${at}"} 1`)
    const rounds = new Rounds({ rules: [{ action: 'labeldrop', regex: 'target' }] })
    const targets = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, series(`t${at}`)]))
    rounds.round(targets(4))
    const first = rounds.aggregator.heldBytes
    rounds.round(targets(8))
    expect(rounds.aggregator.heldBytes).toBeLessThan(2.2 * first)
  })

  test('by a number of series: a target that brings more fails', () => {
    const directory = new SeriesDirectory(programOf([]), DEFAULT_AGGREGATION, 2)
    const enter = entering(directory)
    expect([enter('a'), enter('b')]).toEqual([0, 1])
    expect(() => enter('c')).toThrow(
      expect.objectContaining({ code: 'E_SERIES', message: 'the targets have more than 2 series together' }),
    )
    directory.keep(number => number !== 0)
    expect(enter('c')).toBe(0)
  })

  test('a number that is free stays so, and says nothing of the series that had it', () => {
    const toB = { source_labels: ['__name__'], regex: 'b.*', target_label: '__name__', replacement: 'b' }
    const directory = new SeriesDirectory(programOf([toB]), DEFAULT_AGGREGATION)
    const enter = entering(directory)
    expect(['a', 'b1', 'b2'].map(enter)).toEqual([0, 1, 2])
    directory.keep(number => number === 0)
    expect(enter('c')).toBe(1)
    directory.keep(number => number !== 1)
    expect([...(directory.outputs[0]?.slots ?? [])].map(({ series }) => series.text)).toEqual(['a'])
    expect(['d', 'e', 'f'].map(enter)).toEqual([1, 2, 3])
  })

  test('a number that is taken again says nothing of the series that had it', () => {
    const directory = new SeriesDirectory(programOf([]), DEFAULT_AGGREGATION)
    const enter = entering(directory)
    enter('process_start_time_seconds')
    enter('a_total')
    directory.keep(() => false)
    expect([enter('b'), enter('c')]).toEqual([0, 1])
    expect([...directory.increases.subarray(0, 2)]).toEqual([0, 0])
    expect(directory.processStarts.size).toBe(0)
    expect([...(directory.outputs[0]?.slots ?? [])].map(({ series }) => series.text)).toEqual(['b', 'c'])
  })
})

/** Enters series of no declared type. */
function entering(directory: SeriesDirectory): (name: string) => number {
  const registrar = directory.scrape('text', 0, () => 0)
  return name =>
    registrar.numberOf({ kind: 'series', name, labels: [], end: 1 }, { name, type: undefined, metadata: [] })
}
