import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { parseLine } from '../../../proxy/exposition/parse.ts'
import { printSeries } from '../../../proxy/exposition/print.ts'

/** Parses a line as it arrives: one character for each byte. */
function parse(line: string, format: ExpositionFormat) {
  return parseLine(Buffer.from(line).toString('latin1'), format)
}

/** The sample as JSON: name, labels and value, then the rest if there is any; or why it is malformed. */
function sample(line: string, format: ExpositionFormat): string {
  const parsed = parse(line, format)
  if (parsed.kind !== 'sample') return parsed.kind === 'malformed' ? parsed.reason : parsed.kind
  const { series, value } = parsed
  const { timestampText, exemplarText } = value
  const rest = [timestampText, exemplarText].filter(part => part !== '')
  return JSON.stringify([series.name, Object.fromEntries(series.labels), value.valueText, ...rest])
}

describe('samples of both formats', () => {
  const cases: [string, string][] = [
    ['a 1\n', '["a",{},"1"]'],
    ['a{} 1\n', '["a",{},"1"]'],
    ['a:b:c 1\n', '["a:b:c",{},"1"]'],
    ['a{b="c"} 1\n', '["a",{"b":"c"},"1"]'],
    ['a{b="c",} 1\n', '["a",{"b":"c"},"1"]'],
    ['a{b="c",d=""} 1\n', '["a",{"b":"c","d":""},"1"]'],
    ['{"a.b",c="d"} 1\n', '["a.b",{"c":"d"},"1"]'],
    ['{"a.b"} 1\n', '["a.b",{},"1"]'],
    ['{c="d","a.b"} 1\n', '["a.b",{"c":"d"},"1"]'],
    ['a{"b.c"="d"} 1\n', '["a",{"b.c":"d"},"1"]'],
    ['{"\\"a\\"","\\\\b"="c"} 1\n', '["\\"a\\"",{"\\\\b":"c"},"1"]'],
    ['a{b="\\\\ \\" \\n \\q"} 1\n', '["a",{"b":"\\\\ \\" \\n \\\\q"},"1"]'],
    ['a{b="żółć 日本語 😀"} 1\n', '["a",{"b":"żółć 日本語 😀"},"1"]'],
    ['a{b="\0}{ ,= #"} 1\n', '["a",{"b":"\\u0000}{ ,= #"},"1"]'],
    ['a{le="1"} +Inf\n', '["a",{"le":"1"},"+Inf"]'],
  ]
  test.each(cases)('%j', (line, expected) => {
    expect(sample(line, 'text')).toBe(expected)
    expect(sample(line, 'openmetrics')).toBe(expected)
  })
})

describe('samples of the text format', () => {
  test.each([
    ['a 1', '["a",{},"1"]'],
    ['\t a\t 1 \t\n', '["a",{},"1"]'],
    ['a { b = "c" , d\t="e" , }1\n', '["a",{"b":"c","d":"e"},"1"]'],
    ['a{b="c" d="e"} 1\n', '["a",{"b":"c","d":"e"},"1"]'],
    ['a{b="c"d="e"} 1\n', '["a",{"b":"c","d":"e"},"1"]'],
    ['{"a.b" , c="d"} 1\n', '["a.b",{"c":"d"},"1"]'],
    ['a{b="c\nd"} 1\n', '["a",{"b":"c\\nd"},"1"]'],
    ['a 1 1395066363000\n', '["a",{},"1","1395066363000"]'],
    ['a 1 9223372036854775807\n', '["a",{},"1","9223372036854775807"]'],
    ['a 1 0000000000000000000000001\n', '["a",{},"1","0000000000000000000000001"]'],
    ['a+1\n', '["a",{},"+1"]'],
    ['a.5\n', '["a",{},".5"]'],
  ])('%j', (line, expected) => {
    expect(sample(line, 'text')).toBe(expected)
  })
})

describe('samples of OpenMetrics', () => {
  test.each([
    ['a 1 1520879607.789\n', '["a",{},"1","1520879607.789"]'],
    ['a 1 -1e3\n', '["a",{},"1","-1e3"]'],
    ['a 1 # {} 2\n', '["a",{},"1","{} 2"]'],
    ['a 1 123 # {b="# {",c="żółć",} 0.5 1.5\n', '["a",{},"1","123","{b=\\"# {\\",c=\\"żółć\\",} 0.5 1.5"]'],
    ['a{b="c"} 1 # {"d.e"="f"} NaN\n', '["a",{"b":"c"},"1","{\\"d.e\\"=\\"f\\"} NaN"]'],
  ])('%j', (line, expected) => {
    expect(sample(line, 'openmetrics')).toBe(expected)
  })
})

describe('malformed in both formats', () => {
  test.each([
    ['a\n', 'expected a value'],
    ['a{b="c"}\n', 'expected a value'],
    ['9a 1\n', 'expected a metric name or {'],
    ['żółć 1\n', 'expected a metric name or {'],
    ['a x\n', ''],
    ['a 0x10\n', ''],
    ['a 1\r\n', ''],
    ['a 1 2 3\n', ''],
    ['a 1 NaN\n', ''],
    ['{} 1\n', 'no metric name'],
    ['{a="1"} 1\n', 'no metric name'],
    ['{""} 1\n', 'no metric name'],
    ['a{"b"} 1\n', 'expected a label'],
    ['{"a","b"} 1\n', 'expected a label'],
    ['a{,} 1\n', 'expected a label'],
    ['a{b="c",,} 1\n', 'expected a label'],
    ['a{b} 1\n', 'expected a label'],
    ['a{b=c} 1\n', 'expected a label'],
    ['a{b="c} 1\n', 'expected a label'],
    ['a{b="c" 1\n', ''],
    ['a{1b="c"} 1\n', 'expected a label'],
    ['a{b:c="d"} 1\n', 'expected a label'],
    ['a{""="c"} 1\n', 'an empty label name'],
    ['a{b="1",b="2"} 1\n', 'label name "b" is not unique'],
    ['a{__name__="b"} 1\n', 'label name "__name__" is not unique'],
    ['a{} {} 1\n', ''],
    ['a 1{}\n', ''],
  ])('%j: %s', (line, reason) => {
    expect(parse(line, 'text')).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(reason) })
    expect(parse(line, 'openmetrics')).toMatchObject({
      kind: 'malformed',
      reason: expect.stringContaining(reason),
    })
  })

  test('invalid UTF-8 in a label value', () => {
    const line = Buffer.concat([Buffer.from('a{b="'), Buffer.from([0xff]), Buffer.from('"} 1\n')]).toString(
      'latin1',
    )
    expect(parseLine(line, 'text')).toMatchObject({ reason: 'invalid UTF-8 in a label at byte 2' })
  })
})

describe('malformed in the text format', () => {
  test.each([
    ['a 1 -1\n', 'a timestamp has no sign'],
    ['a 1 1.5\n', 'it is in whole milliseconds'],
    ['a 1 9223372036854775808\n', 'it fits into 64 bits'],
    ['a 1 # {} 2\n', 'there are no exemplars'],
    ['a{b="\\\n"} 1\n', 'a newline cannot be escaped'],
  ])('%j: %s', line => {
    expect(parse(line, 'text').kind).toBe('malformed')
  })
})

describe('malformed in OpenMetrics', () => {
  test.each([
    ['a 1', 'every line ends with a newline'],
    [' a 1\n', 'nothing precedes the name'],
    ['a  1\n', 'one space separates'],
    ['a\t1\n', 'tabs do not'],
    ['a 1 \n', 'nothing follows'],
    ['a {b="c"} 1\n', 'no space before the labels'],
    ['a{ b="c"} 1\n', 'none among the labels'],
    ['a{b="c" } 1\n', 'none after them'],
    ['a{b="c"}1\n', 'one after the brace'],
    ['a{b="c"d="e"} 1\n', 'commas separate labels'],
    ['a 1 Inf\n', 'a timestamp is finite'],
    ['a 1 # {}\n', 'an exemplar has a value'],
    ['a 1 # {} x\n', "an exemplar's value is a number"],
    ['a 1 # {"b"} 1\n', 'an exemplar has no name'],
    ['a 1 # {b="\0"} 1\n', 'nor NUL in its labels'],
    ['a 1 # {} 1 2 3\n', 'nor anything after its timestamp'],
    ['a 1 # {} 1 NaN\n', 'which is finite'],
  ])('%j: %s', line => {
    expect(parse(line, 'openmetrics').kind).toBe('malformed')
  })
})

test('a printed series parses as itself', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  const name = fc.oneof(fc.constant('a:b'), text)
  const labels = fc.dictionary(fc.oneof(fc.constantFrom('a', 'le'), text), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(
      name,
      labels,
      fc.constantFrom<ExpositionFormat>('text', 'openmetrics'),
      (metric, map, format) => {
        fc.pre(!('__name__' in map) && !metric.includes('\0') && !Object.keys(map).join('').includes('\0'))
        const parsed = parse(`${printSeries(metric, Object.entries(map))} 1\n`, format)
        expect(parsed).toMatchObject({
          kind: 'sample',
          series: { name: metric, labels: Object.entries(map) },
        })
      },
    ),
  )
})

test('whatever a line holds, parsing it ends', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map(array => Buffer.from(array).toString('latin1')),
    fc.array(fc.constantFrom(...'a{}"\\\n=, #\t1.eE\0é')).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom<ExpositionFormat>('text', 'openmetrics'), (line, format) => {
      expect(parseLine(line, format)).toHaveProperty('kind')
    }),
  )
})

test('a label value of a megabyte is a label value', () => {
  const value = '\\"'.repeat(2 ** 19)
  expect(parse(`a{b="${value}"} 1\n`, 'text').kind).toBe('sample')
})
