import { describe, expect, test } from '@jest/globals'
import { lines, type Options, scrape } from './gate.ts'

const rulesByKind: [string, object[]][] = [
  ['passthrough', []],
  ['stream', [{ action: 'keep', source_labels: ['__name__'], regex: 'a.*' }]],
  ['accumulate', [{ action: 'labeldrop', regex: 'path' }]],
]

describe.each(rulesByKind)('the end marker of OpenMetrics, %s', (_, rules) => {
  const run = (body: string, options: Options = {}) =>
    scrape(rules, body, { format: 'openmetrics', ...options }).main

  test('ends the output as it ended the input', () => {
    expect(run(lines('a 1', '# EOF'))).toBe(lines('a 1', '# EOF'))
    expect(run('a 1\n# EOF')).toBe('a 1\n# EOF')
    expect(run('# EOF\n')).toBe('# EOF\n')
  })

  test('is missing where it was missing, because the exposition is not whole', () => {
    expect(run(lines('a 1'))).toBe(lines('a 1'))
    expect(run('')).toBe('')
  })

  test('ends an output that the input limit cut', () => {
    const body = lines('a 1', 'a{b="1"} 2', 'a{b="2"} 3', '# EOF')
    expect(run(body, { inputBytesMax: 20 })).toBe(lines('a 1', 'a{b="1"} 2', '# EOF'))
  })

  test('ends an output that the output limit cut', () => {
    const body = lines('a 1', 'a{b="1"} 2', 'a{b="2"} 3', '# EOF')
    expect(run(body, { outputBytesMax: 22 })).toBe(lines('a 1', 'a{b="1"} 2', '# EOF'))
  })

  test('does not end an output of which both the limit and the application withheld the end', () => {
    const body = lines('a 1', 'a{b="1"} 2', 'a{b="2"} 3')
    expect(run(body, { outputBytesMax: 22 })).toBe(lines('a 1', 'a{b="1"} 2'))
  })

  test('does not hide what follows it: Prometheus shall refuse it', () => {
    const body = lines('a 1', '# EOF', 'a{b="2"} 2', '# EOF')
    expect(run(body)).toBe(body)
  })
})

test('in the text format it is a comment', () => {
  const rules = [{ action: 'labeldrop', regex: 'path' }]
  expect(scrape(rules, lines('a 1', '# EOF', 'b 2')).main).toBe(lines('a 1', 'b 2'))
})
