import { describe, expect, test } from '@jest/globals'
import { LINE_BYTES_MAX } from '../../../proxy/limits.ts'
import { lines, type Options, scrape } from './gate.ts'

const rulesByKind: [string, object[]][] = [
  ['passthrough', []],
  ['stream', [{ action: 'drop', source_labels: ['__name__'], regex: 'dropped' }]],
  ['accumulate', [{ action: 'labeldrop', regex: 'path' }]],
]
const body = lines('a 1', 'b 2', 'c 3')

describe.each(rulesByKind)('limits, %s', (_, rules) => {
  const run = (options: Options) => scrape(rules, body, options)

  test.each([
    [0, body, false],
    [100, body, false],
    [12, body, false],
    [11, 'a 1\nb 2\n', true],
    [8, 'a 1\nb 2\n', true],
    [7, 'a 1\n', true],
    [1, '', true],
  ])('%d bytes of input', (inputBytesMax, main, truncatedInput) => {
    expect(run({ inputBytesMax })).toMatchObject({ main, stats: { truncatedInput } })
    expect(run({ inputBytesMax, chunkBytes: 1 })).toMatchObject({ main, stats: { truncatedInput } })
  })

  test.each([
    [0, body, false],
    [12, body, false],
    [11, 'a 1\nb 2\n', true],
    [4, 'a 1\n', true],
    [3, '', true],
  ])('%d bytes of output', (outputBytesMax, main, truncatedOutput) => {
    const expected = {
      main,
      stats: { main: { truncatedOutput, bytesOut: main.length, samplesOut: main.length / 4 } },
    }
    expect(run({ outputBytesMax })).toMatchObject(expected)
    expect(run({ outputBytesMax, chunkBytes: 1 })).toMatchObject(expected)
  })

  test('a limit that must not cut fails the scrape', () => {
    expect(() => run({ inputBytesMax: 11, onLimit: 'fail' })).toThrow(
      'the exposition is larger than 11 bytes',
    )
    expect(() => run({ inputBytesMax: 11, onLimit: 'fail' })).toThrow(
      expect.objectContaining({ code: 'E_INPUT_BYTES' }),
    )
    expect(() => run({ outputBytesMax: 11, onLimit: 'fail' })).toThrow(
      'the main output is larger than 11 bytes',
    )
    expect(() => run({ outputBytesMax: 11, onLimit: 'fail' })).toThrow(
      expect.objectContaining({ code: 'E_OUTPUT_BYTES' }),
    )
    expect(run({ inputBytesMax: 12, outputBytesMax: 12, onLimit: 'fail' }).main).toBe(body)
  })

  test('an endless line fails the scrape, whatever the limits do', () => {
    expect(() => scrape(rules, Buffer.alloc(LINE_BYTES_MAX + 1, 'a'), { chunkBytes: 65536 })).toThrow(
      expect.objectContaining({ code: 'E_LINE_BYTES' }),
    )
  })
})

test('after a line that does not fit nothing follows, though it would', () => {
  const keepAll = [{ action: 'drop', source_labels: ['__name__'], regex: 'dropped' }]
  const { main } = scrape(keepAll, lines('a 1', 'long{label="value"} 2', 'c 3'), { outputBytesMax: 12 })
  expect(main).toBe('a 1\n')
})

test('each output has the limit for itself', () => {
  const subsets = { c: [{ action: 'keep', source_labels: ['__name__'], regex: 'c' }] }
  const outcome = scrape([], body, { outputBytesMax: 4, subsets })
  expect(outcome.main).toBe('a 1\n')
  expect(outcome.subsets).toEqual({ c: 'c 3\n' })
  expect(outcome.stats.subsets.get('c')).toMatchObject({ truncatedOutput: false, samplesOut: 1 })
})

test('a subset that is too large is named', () => {
  const subsets = { all: [] }
  const rules = [{ action: 'keep', source_labels: ['__name__'], regex: 'a' }]
  expect(() => scrape(rules, body, { outputBytesMax: 4, onLimit: 'fail', subsets })).toThrow(
    'subset all is larger than 4 bytes',
  )
})

describe('a limit of series', () => {
  const [, drop] = rulesByKind[1] ?? ['', []]
  const [, sum] = rulesByKind[2] ?? ['', []]
  const odd = lines(
    '# TYPE a gauge',
    'a{path="1"} 1',
    'bad',
    'a{path="2"} 2',
    '# TYPE c gauge',
    'c{path="3"} 3',
    'd',
  )

  test.each([
    ['passthrough', [], 'pass', odd, 2],
    ['passthrough', [], 'drop', odd.replace('c{path="3"} 3\nd\n', ''), 2],
    ['stream', drop, 'pass', odd.replace('# TYPE c gauge\n', ''), 2],
    ['stream', drop, 'drop', odd.slice(0, odd.indexOf('# TYPE c')), 2],
    // What is passed on leaves before what is rendered.
    ['accumulate', sum, 'pass', lines('c{path="3"} 3', 'd', '# TYPE a gauge', 'a 3', 'bad'), 2],
    ['accumulate', sum, 'drop', lines('# TYPE a gauge', 'a 3', 'bad'), 2],
  ] as const)('%s: what comes after so many samples: %j %s', (kind, rules, onLimit, main, limitedSamples) => {
    // Without rules nothing is parsed, so `bad` is a sample.
    const max = kind === 'passthrough' ? 3 : 2
    for (const chunkBytes of [1, 7, 1000]) {
      const outcome = scrape(rules, odd, { series: { max, onLimit }, chunkBytes })
      expect(outcome).toMatchObject({ main, stats: { samplesIn: max, limitedSamples } })
    }
  })

  test('that is not reached changes nothing', () => {
    const outcome = scrape(drop, body, { series: { max: 3, onLimit: 'drop' } })
    expect(outcome).toMatchObject({ main: body, stats: { limitedSamples: 0 } })
  })

  test('counts what the rules drop, and does not count what is malformed', () => {
    const outcome = scrape(drop, lines('dropped 1', 'bad', 'a 1', 'b 1'), {
      series: { max: 2, onLimit: 'drop' },
    })
    expect(outcome).toMatchObject({ main: lines('bad', 'a 1'), stats: { samplesIn: 2, limitedSamples: 1 } })
  })

  test('holds for what limits of bytes leave', () => {
    const outcome = scrape(sum, body, { series: { max: 1, onLimit: 'pass' }, outputBytesMax: 8 })
    expect(outcome).toMatchObject({ main: lines('b 2', 'c 3'), stats: { main: { truncatedOutput: true } } })
  })
})
