import { expect, test } from '@jest/globals'
import { Families } from '../../../proxy/exposition/families.ts'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { parseLine } from '../../../proxy/exposition/parse.ts'

function declare(lines: readonly string[], format: ExpositionFormat = 'text'): Families {
  const families = new Families()
  for (const line of lines) {
    const parsed = parseLine(`${line}\n`, format)
    if (parsed.kind !== 'metadata') throw new Error(`${line} is ${parsed.kind}`)
    families.declare(parsed)
  }
  return families
}

test.each([
  ['a', '# TYPE a gauge', 'a', 'gauge'],
  ['a_total', '# TYPE a_total counter', 'a_total', 'counter'],
  ['a_total', '# TYPE a counter', 'a', 'counter'],
  ['a_created', '# TYPE a counter', 'a', 'counter'],
  ['a_bucket', '# TYPE a histogram', 'a', 'histogram'],
  ['a_sum', '# TYPE a histogram', 'a', 'histogram'],
  ['a_count', '# TYPE a histogram', 'a', 'histogram'],
  ['a', '# TYPE a summary', 'a', 'summary'],
  ['a_sum', '# TYPE a summary', 'a', 'summary'],
  ['a_bucket', '# TYPE a summary', 'a_bucket', undefined],
  ['a_count', '# TYPE a gauge', 'a_count', undefined],
  ['a_total', '# TYPE a histogram', 'a_total', undefined],
  ['a_bucket', '# HELP a Help without a type.', 'a_bucket', undefined],
  ['b', '# TYPE a histogram', 'b', undefined],
])('%s after "%s" belongs to %s, of type %s', (sample, line, family, type) => {
  expect(declare([line]).of(sample)).toMatchObject({ name: family, type })
})

test.each([
  ['a_gsum', '# TYPE a gaugehistogram', 'a'],
  ['a_info', '# TYPE a info', 'a'],
  ['a', '# TYPE a stateset', 'a'],
])('OpenMetrics: %s after "%s" belongs to %s', (sample, line, family) => {
  expect(declare([line], 'openmetrics').of(sample).name).toBe(family)
})

test('the type of one family does not hold for the next', () => {
  expect(declare(['# TYPE a histogram', '# HELP b Help.']).of('b').type).toBeUndefined()
})

test('a family of the very name with a type goes before one by suffix', () => {
  expect(declare(['# TYPE a histogram', '# TYPE a_count counter']).of('a_count').name).toBe('a_count')
})

test('a help for the very name does not hide the type by suffix', () => {
  expect(declare(['# HELP a_bucket Help.', '# TYPE a histogram']).of('a_bucket').name).toBe('a')
})

test('a family that samples implied gets its metadata when that comes', () => {
  const families = new Families()
  const implied = families.of('a')
  const parsed = parseLine('# TYPE a gauge\n', 'text')
  if (parsed.kind === 'metadata') families.declare(parsed)
  expect(families.of('a')).toBe(implied)
  expect(implied.type).toBe('gauge')
})

test('the first line of each keyword stays', () => {
  const families = declare(['# HELP a One.', '# TYPE a gauge', '# HELP a Two.', '# TYPE a counter'])
  expect(families.of('a').type).toBe('gauge')
  expect(families.of('a').metadata.map(({ line }) => line)).toEqual(['# HELP a One.', '# TYPE a gauge'])
})
