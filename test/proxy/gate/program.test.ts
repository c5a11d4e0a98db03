import { describe, expect, test } from '@jest/globals'
import { lines, programOf, run } from './gate.ts'

test.each([
  ['passthrough', []],
  ['stream', [{ action: 'drop', source_labels: ['a'], regex: 'b' }]],
  ['stream', [{ action: 'keepequal', source_labels: ['a'], target_label: 'b' }]],
  ['accumulate', [{ action: 'labeldrop', regex: 'a' }]],
  [
    'accumulate',
    [
      { action: 'keep', source_labels: ['a'], regex: 'b' },
      { target_label: 'c', replacement: 'd' },
    ],
  ],
])('%s: %j', (kind, rules) => {
  expect(programOf(rules).main.kind).toBe(kind)
  expect(programOf([], { x: rules }).subsets[0]?.kind).toBe(kind)
})

test('warnings about a subset name it', () => {
  const rules = [{ action: 'drop', source_labels: ['namespace'], regex: 'x' }]
  const [main, subset] = programOf(rules, { x: rules }).warnings
  expect(main).toContain('namespace')
  expect(subset).toBe(`subset x: ${main}`)
})

describe('what a program remembers', () => {
  const rules = [{ action: 'labeldrop', regex: 'path' }]
  const subsets = { kept: [{ action: 'keep', source_labels: ['le'], regex: '1\\.0' }] }
  const bodies = [
    lines(
      '# TYPE h histogram',
      'h{le="1",path="1"} 1',
      'h{le="1",path="2"} 2',
      'x x',
      'h{le="1",path="1"} 3',
    ),
    lines(
      'h{le="1",path="2"} 1',
      'h{le="1",path="1"} 2',
      'h{le="1",path="1"} x',
      '# TYPE h histogram',
      'h{le="1"} 3',
    ),
    lines('# TYPE h summary', ' h{le="1",path="1"} 1', 'h{le="1",path="1"}1', 'h {le="1",path="1"} 1', 'h 2'),
  ]

  test.each([0, 1, 3, 10 ** 6])('is not visible in results, with %d series', seriesMax => {
    const remembering = programOf(rules, subsets, { seriesMax, bytesMax: 10 ** 9, unseenScrapes: 2 })
    for (const body of [...bodies, ...bodies]) {
      expect(run(remembering, body)).toEqual(run(programOf(rules, subsets), body))
    }
  })

  test('is kept apart by format', () => {
    const program = programOf(rules)
    expect(run(program, 'a {path="1"} 1\n').main).toBe('a 1\n')
    expect(run(program, 'a {path="1"} 1\n', { format: 'openmetrics' }).stats.malformedLines).toBe(1)
  })
})
