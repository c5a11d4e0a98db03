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
