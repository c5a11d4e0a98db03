import { describe, expect, test } from '@jest/globals'
import { Aggregator } from '../../../proxy/aggregate/aggregator.ts'
import type { SeriesCollector } from '../../../proxy/aggregate/collector.ts'
import { LineCollector } from '../../../proxy/aggregate/line-collector.ts'
import { DEFAULT_AGGREGATION } from '../../../proxy/aggregate/settings.ts'
import { compileRegex } from '../../../proxy/relabel/regex.ts'
import { lines, programOf } from '../gate/gate.ts'
import { Rounds, START_MS } from './rounds.ts'

const x = (counter: number, gauge: number) => [`a_total ${counter}`, `g ${gauge}`]

describe('a target that does not answer', () => {
  test('hold: keeps its gauges for some rounds', () => {
    const rounds = new Rounds({ onTargetFailure: 'hold', holdRounds: 2 })
    rounds.round({ x: x(1, 10), y: x(1, 1) })
    const gauges = [1, 2, 3].map(() => rounds.round({ x: 'no answer', y: x(1, 1) }).values.get('g'))
    expect(gauges).toEqual([11, 11, 1])
    expect(rounds.round({ x: x(1, 10), y: x(1, 1) }).values.get('g')).toBe(11)
  })

  test('hold: is counted as held', () => {
    const rounds = new Rounds({ onTargetFailure: 'hold' })
    rounds.round({ x: x(1, 10), y: x(1, 1) })
    const { stats } = rounds.round({ x: 'no answer', y: x(1, 1), z: 'no answer' })
    expect(stats).toMatchObject({ targets: 3, answered: 1, held: 1 })
  })

  test('partial: its gauges go at once, its counters stay', () => {
    const rounds = new Rounds({ onTargetFailure: 'partial' })
    rounds.round({ x: x(1, 10), y: x(1, 1) })
    rounds.round({ x: x(5, 10), y: x(1, 1) })
    expect(rounds.round({ x: 'no answer', y: x(2, 1) }).text).toBe(lines(...x(5, 1)))
  })

  test('fail: the round has no output, and what others counted is not lost', () => {
    const rounds = new Rounds({ onTargetFailure: 'fail' })
    rounds.round({ x: x(1, 10), y: x(1, 1) })
    expect(() => rounds.round({ x: 'no answer', y: x(3, 1) })).toThrow(
      expect.objectContaining({ code: 'E_TARGET_FAILED', message: '1 of 2 targets did not answer: x' }),
    )
    expect(rounds.round({ x: x(1, 10), y: x(3, 1) }).values.get('a_total')).toBe(2)
  })

  test('its gauges go when it leaves the list', () => {
    const rounds = new Rounds()
    rounds.round({ x: x(1, 10), y: x(1, 1) })
    expect(rounds.round({ y: x(1, 1) }).values.get('g')).toBe(1)
  })
})

describe('a round without any answer', () => {
  test.each(['hold', 'partial', 'fail'] as const)('%s: fails', onTargetFailure => {
    const rounds = new Rounds({ onTargetFailure })
    rounds.round({ x: x(1, 1) })
    expect(() => rounds.round({ x: 'no answer' })).toThrow(
      expect.objectContaining({ code: 'E_ALL_TARGETS_FAILED', message: 'none of 1 targets answered: x' }),
    )
  })

  test('fails without targets', () => {
    expect(() => new Rounds().round({})).toThrow(expect.objectContaining({ code: 'E_NO_TARGETS' }))
  })

  test('names some of the targets', () => {
    const targets = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [name, 'no answer'] as const))
    expect(() => new Rounds().round(targets)).toThrow('none of 5 targets answered: a, b, c, …')
  })
})

describe('a scrape that is not complete counts for nothing', () => {
  const body = Buffer.from(lines('a_total 50', 'b_total 1'))

  /** A known target, and a scrape of it to which something happens; the output of that round, and of the next one. */
  function interrupt(change: (rounds: Rounds, nowMs: number) => void): (number | undefined)[] {
    const rounds = new Rounds()
    rounds.round({ x: ['a_total 1', 'b_total 1'], y: ['c 1'] })
    change(rounds, rounds.nowMs + 1)
    const { values } = rounds.round({ x: ['a_total 7', 'b_total 1'], y: ['c 1'] })
    return [values.get('a_total'), values.get('b_total')]
  }

  test.each<[string, (rounds: Rounds, nowMs: number) => void]>([
    [
      'it is given up in the middle',
      ({ aggregator }, nowMs) => {
        const round = aggregator.beginRound(['x', 'y'], nowMs)
        const scrape = round.open('x', 'text')
        scrape.push(body.subarray(0, 12))
        scrape.close()
        expect(() => round.finish()).toThrow('none of 2 targets')
      },
    ],
    [
      'it has failed after all',
      ({ aggregator }, nowMs) => {
        const round = aggregator.beginRound(['x', 'y'], nowMs)
        const scrape = round.open('x', 'text')
        scrape.push(body)
        scrape.finish()
        round.fail('x')
        expect(() => round.finish()).toThrow('none of 2 targets')
      },
    ],
    [
      'its end has not come',
      ({ aggregator }, nowMs) => {
        const round = aggregator.beginRound(['x', 'y'], nowMs)
        round.open('x', 'text').push(body)
        expect(() => round.finish()).toThrow('none of 2 targets')
      },
    ],
    [
      'the round is given up',
      ({ aggregator }, nowMs) => {
        const round = aggregator.beginRound(['x', 'y'], nowMs)
        const scrape = round.open('x', 'text')
        scrape.push(body)
        scrape.finish()
        round.abort()
      },
    ],
  ])('%s', (_, change) => {
    expect(interrupt(change)).toEqual([6, 0])
  })

  test('a scrape that is begun again counts once', () => {
    const rounds = new Rounds()
    rounds.round({ x: ['a_total 1'] })
    const round = rounds.aggregator.beginRound(['x'], rounds.nowMs + 1)
    round.open('x', 'text').push(Buffer.from('b_total 9\n'))
    const again = round.open('x', 'text')
    again.push(Buffer.from('a_total 3\n'))
    again.finish()
    expect(Buffer.concat([...round.finish().main]).toString()).toBe('a_total 2\n')
  })
})

describe('an exposition that cannot be aggregated is a failure of its target', () => {
  test.each([
    ['text', 'a_total 1\na_total x\n', 'malformed line "a_total x": "x" is not a number at byte 7'],
    ['openmetrics', 'a_total 1\n', 'the exposition has no end: # EOF is missing'],
    ['openmetrics', '# EOF\na_total 1\n', 'malformed line "a_total 1": nothing may follow the end'],
    ['text', `${'a'.repeat(300)}{ 1\n`, `malformed line "${'a'.repeat(120)}": expected a label at byte 301`],
  ] as const)('%s %j', (format, body, message) => {
    const scrape = new Rounds().aggregator.beginRound(['x'], START_MS).open('x', format)
    const feed = () => {
      scrape.push(Buffer.from(body))
      scrape.finish()
    }
    expect(feed).toThrow(expect.objectContaining({ code: 'E_MALFORMED_TARGET', message }))
  })

  test('one that is larger than the limit is not cut', () => {
    const rounds = new Rounds({ inputBytesMax: 15, onLimit: 'truncate' })
    rounds.round({ x: ['a_total 1'] })
    expect(() => rounds.round({ x: ['a_total 1', 'b_total 1'] })).toThrow(
      expect.objectContaining({ code: 'E_INPUT_BYTES', message: 'the exposition is larger than 15 bytes' }),
    )
  })
})

test('the memory of every scrape is given back when the round is over', () => {
  let open = 0
  const collector = new LineCollector(0)
  const counting: SeriesCollector = {
    heldBytes: 0,
    forget: () => expect(open).toBe(0),
    open: (format, registrar) => {
      open++
      const collection = collector.open(format, registrar)
      const close = collection.close.bind(collection)
      return Object.assign(collection, {
        close: () => {
          open--
          close()
        },
      })
    },
  }
  const settings = { ...DEFAULT_AGGREGATION, forgetAfterMs: 0 }
  const limits = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' } as const
  const aggregator = new Aggregator(programOf([]), settings, limits, {
    createCollector: () => counting,
  })
  for (const end of ['finish', 'abort'] as const) {
    const round = aggregator.beginRound(['complete', 'begun', 'failed', 'again'], START_MS)
    round.open('complete', 'text').finish()
    round.open('begun', 'text')
    round.open('failed', 'text').close()
    round.fail('failed')
    round.open('again', 'text').finish()
    round.open('again', 'text').finish()
    round[end]()
    expect(open).toBe(0)
  }
})

describe('use that is wrong', () => {
  const begin = () => {
    const { aggregator } = new Rounds()
    return { aggregator, round: aggregator.beginRound(['x'], START_MS) }
  }

  test('two rounds at a time', () => {
    expect(() => begin().aggregator.beginRound(['x'], START_MS)).toThrow('BUG')
  })

  test('a target that is not in the list', () => {
    expect(() => begin().round.open('y', 'text')).toThrow('BUG')
  })

  test('a target after the end of the round', () => {
    const { round } = begin()
    round.abort()
    expect(() => round.open('x', 'text')).toThrow('BUG')
  })

  test('bytes after the end of a scrape', () => {
    const scrape = begin().round.open('x', 'text')
    scrape.finish()
    expect(() => scrape.push(Buffer.from('a 1\n'))).toThrow('BUG')
  })
})

test('an aggregator takes the settings of what it is told, not those of its rules', () => {
  const rounds = new Rounds({ overrides: [{ metrics: compileRegex('g'), function: 'max' }] })
  expect(rounds.round({ x: ['g 1'], y: ['g 3'] }).text).toBe('g 3\n')
})
