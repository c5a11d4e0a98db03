import { describe, expect, test } from '@jest/globals'
import { lines, scrape } from './gate.ts'

function rename(regex: string, replacement: string) {
  return [{ source_labels: ['__name__'], regex, target_label: '__name__', replacement }]
}

describe('metadata of a metric that rules renamed', () => {
  test('follows under the new name', () => {
    const body = ['# HELP a A \\n b.', '# TYPE a gauge', 'a 1', 'c 2']
    const expected = ['# HELP b A \\n b.', '# TYPE b gauge', 'b 1', 'c 2']
    expect(scrape(rename('a', 'b'), lines(...body)).main).toBe(lines(...expected))
  })

  test('follows under the new family, where the suffix of its type is kept', () => {
    const body = ['# TYPE h histogram', 'h_bucket{le="+Inf"} 1', 'h_sum 2', 'h_count 3']
    const expected = ['# TYPE call histogram', 'call_bucket{le="+Inf"} 1', 'call_sum 2', 'call_count 3']
    expect(scrape(rename('h(_.*)', 'call$1'), lines(...body)).main).toBe(lines(...expected))
  })

  test('is left out where it is not', () => {
    const body = ['# TYPE h histogram', 'h_bucket{le="+Inf"} 1', 'h_count 3']
    const expected = ['buckets{le="+Inf"} 1', '# TYPE h histogram', 'h_count 3']
    expect(scrape(rename('h_bucket', 'buckets'), lines(...body)).main).toBe(lines(...expected))
  })

  test('is quoted where the new name needs it', () => {
    const expected = lines('# TYPE "a.b" gauge', '{"a.b"} 1')
    expect(scrape(rename('a', 'a.b'), lines('# TYPE a gauge', 'a 1')).main).toBe(expected)
  })

  test('is written once for families that became one', () => {
    const body = ['# TYPE a counter', 'a 1', '# TYPE b gauge', 'b 2', 'b{c="1"} 3']
    expect(scrape(rename('a|b', 'c'), lines(...body)).main).toBe(
      lines('# TYPE c counter', 'c 3', 'c{c="1"} 3'),
    )
  })

  test('gives way to that of the family that always had the name', () => {
    const body = ['# HELP a A.', 'a 1', '# HELP b B.', 'b{c="1"} 2']
    expect(scrape(rename('a', 'b'), lines(...body)).main).toBe(lines('# HELP b B.', 'b 1', 'b{c="1"} 2'))
  })

  test('loses its unit, unless that is a suffix of the new name', () => {
    const unit = ['# TYPE a_seconds gauge', '# UNIT a_seconds seconds']
    const run = (name: string) =>
      scrape(rename('a_seconds', name), lines(...unit, 'a_seconds 1', '# EOF'), { format: 'openmetrics' })
        .main
    expect(run('b')).toBe(lines('# TYPE b gauge', 'b 1', '# EOF'))
    expect(run('b_seconds')).toBe(
      lines('# TYPE b_seconds gauge', '# UNIT b_seconds seconds', 'b_seconds 1', '# EOF'),
    )
  })
})

test('metadata that comes late or twice is written once, before the samples', () => {
  const body = ['a{x="1"} 1', '# TYPE a gauge', 'a{x="2"} 2', '# TYPE a counter', '# HELP a A.']
  const expected = ['# TYPE a gauge', '# HELP a A.', 'a 3']
  expect(scrape([{ action: 'labeldrop', regex: 'x' }], lines(...body)).main).toBe(lines(...expected))
})

test('metadata of a family without samples is not written', () => {
  const body = lines('# TYPE a gauge', 'a 1', '# TYPE b gauge', 'b 1', '# TYPE c gauge')
  const rules = [
    { action: 'drop', source_labels: ['__name__'], regex: 'b' },
    { action: 'labeldrop', regex: 'x' },
  ]
  expect(scrape(rules, body).main).toBe(lines('# TYPE a gauge', 'a 1'))
})
