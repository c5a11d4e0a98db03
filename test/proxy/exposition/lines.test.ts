import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { LimitExceededError } from '../../../proxy/exposition/limit-error.ts'
import { type Line, LineSplitter } from '../../../proxy/exposition/lines.ts'
import { LINE_BYTES_MAX } from '../../../proxy/limits.ts'

function split(format: ExpositionFormat, chunks: Iterable<Uint8Array>, show = text): string[] {
  const splitter = new LineSplitter(format)
  const found: string[] = []
  for (const chunk of chunks) for (const line of splitter.push(chunk)) found.push(show(line))
  const last = splitter.finish()
  return last === undefined ? found : [...found, show(last)]
}

function text({ bytes, start, end }: Line): string {
  return bytes.toString('utf8', start, end)
}

function labelBlock({ bytes, start, labelsEnd }: Line): string {
  return labelsEnd === -1 ? '' : bytes.toString('utf8', start, labelsEnd)
}

describe('lines of the text format', () => {
  test.each([
    ['a newline ends a line', 'a 1\nb 2\n', ['a 1\n', 'b 2\n']],
    ['the last line needs none', 'a 1\nb 2', ['a 1\n', 'b 2']],
    ['nothing has no lines', '', []],
    ['blank lines are lines', '\n\n', ['\n', '\n']],
    ['a carriage return does not end a line', 'a 1\r\nb 2\rc 3\n', ['a 1\r\n', 'b 2\rc 3\n']],
    ['a newline in a label value belongs to it', 'a{b="x\ny"} 1\nc 2\n', ['a{b="x\ny"} 1\n', 'c 2\n']],
    ['an escaped quote does not end the value', 'a{b="\\"\n"} 1\nc 2\n', ['a{b="\\"\n"} 1\n', 'c 2\n']],
    [
      'an escaped backslash before the quote does not escape it',
      'a{b="\\\\"} 1\n2\n',
      ['a{b="\\\\"} 1\n', '2\n'],
    ],
    [
      'a brace in a value does not end the labels',
      'a{b="}\n",c="\n"} 1\n2\n',
      ['a{b="}\n",c="\n"} 1\n', '2\n'],
    ],
    ['a newline in a quoted name belongs to it', '{"a\nb",c="d"} 1\n', ['{"a\nb",c="d"} 1\n']],
    ['commas may be missing', '{"a",b="1""c"="\n"} 1\n2\n', ['{"a",b="1""c"="\n"} 1\n', '2\n']],
    ['quotes in HELP mean nothing', '# HELP a say "x\nb 1\n', ['# HELP a say "x\n', 'b 1\n']],
    ['braces in comments mean nothing', '  # {"\nb 1\n', ['  # {"\n', 'b 1\n']],
    ['quotes outside braces mean nothing', 'a "\nb 1\n', ['a "\n', 'b 1\n']],
    ['quotes after the labels mean nothing', 'a{} "\nb 1\n', ['a{} "\n', 'b 1\n']],
    ['a newline between labels ends a malformed line', 'a{b="c",\nb 1\n', ['a{b="c",\n', 'b 1\n']],
    ['a newline cannot be escaped', 'a{b="\\\nb 1\n', ['a{b="\\\n', 'b 1\n']],
    [
      'a missing quote costs the next line only',
      'a{b="x} 1\na{b="y"} 2\nc 3\n',
      ['a{b="x} 1\na{b="y"} 2\n', 'c 3\n'],
    ],
  ])('%s', (_, body, expected) => {
    expect(split('text', [Buffer.from(body)])).toEqual(expected)
  })
})

describe('lines of OpenMetrics', () => {
  test.each([
    ['end at every newline', 'a{b="x\ny"} 1\n', ['a{b="x\n', 'y"} 1\n']],
    ['keep their exemplars', 'a{b="c"} 1 # {d="}"} 2\n', ['a{b="c"} 1 # {d="}"} 2\n']],
  ])('%s', (_, body, expected) => {
    expect(split('openmetrics', [Buffer.from(body)])).toEqual(expected)
  })
})

test.each([
  ['a 1\n', ''],
  ['a{b="}"} 1\n', 'a{b="}"}'],
  [' a { b = "1" , } 1\n', ' a { b = "1" , }'],
  ['a{b="c"} 1 # {d="e"} 1\n', 'a{b="c"}'],
  ['# HELP a {b}\n', ''],
])('the labels of %j end after %j', (line, expected) => {
  expect(split('openmetrics', [Buffer.from(line)], labelBlock)).toEqual([expected])
})

const awkward = fc
  .array(fc.constantFrom('a', '{', '}', '"', '\\', '\n', '=', ',', ' ', '#', 'é', '\0', '\r'), {
    maxLength: 40,
  })
  .map(parts => parts.join(''))

test.each<ExpositionFormat>(['text', 'openmetrics'])(
  '%s: chunks do not matter, and no byte is lost',
  format => {
    fc.assert(
      fc.property(awkward, fc.integer({ min: 1, max: 7 }), (body, size) => {
        const bytes = Buffer.from(body)
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        )
        const whole = split(format, [bytes])
        expect(split(format, chunks)).toEqual(whole)
        expect(split(format, chunks, labelBlock)).toEqual(split(format, [bytes], labelBlock))
        expect(whole.join('')).toBe(body)
      }),
    )
  },
)

describe('a line that is too long', () => {
  const longest = Buffer.from(`a{b="${'x'.repeat(LINE_BYTES_MAX - 'a{b=""} 1\n'.length)}"} 1\n`)

  test('may have just the most bytes', () => {
    expect(split('text', [longest])).toHaveLength(1)
  })

  test.each([
    ['in one chunk', [longest.subarray(0, -1), Buffer.from(' \n')]],
    ['without an end', Array.from({ length: 20 }, () => Buffer.alloc(2 ** 16, 'x'))],
    ['in a quote that nobody closes', [Buffer.from('{"'), Buffer.alloc(LINE_BYTES_MAX, 'x 1\n')]],
  ])('is refused %s', (_, chunks) => {
    expect(() => split('text', chunks)).toThrow(LimitExceededError)
  })

  test('is named by its beginning', () => {
    const code = 'E_LINE_BYTES'
    const message = expect.stringContaining('it begins with "xxxx')
    expect(() => split('text', [Buffer.alloc(LINE_BYTES_MAX + 1, 'x')])).toThrow(
      expect.objectContaining({ code, message }),
    )
  })
})
