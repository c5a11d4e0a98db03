import { expect, test } from '@jest/globals'
import { lines, scrape } from './gate.ts'

const body = lines(
  '# TYPE a counter',
  'a{path="1"} 1',
  'a{path="2"} 2',
  '# TYPE b gauge',
  'b{path="1"} 3',
  'odd odd',
)

test('a subset has rules of its own, which see what the application exposes', () => {
  const { main, subsets } = scrape([{ action: 'drop', source_labels: ['__name__'], regex: '.*' }], body, {
    subsets: {
      sum: [{ action: 'labeldrop', regex: 'path' }],
      first: [{ action: 'keep', source_labels: ['path'], regex: '1' }],
      all: [],
    },
  })
  expect(main).toBe(lines('odd odd'))
  expect(subsets).toEqual({
    sum: lines('# TYPE a counter', 'a 3', '# TYPE b gauge', 'b 3', 'odd odd'),
    first: lines('# TYPE a counter', 'a{path="1"} 1', '# TYPE b gauge', 'b{path="1"} 3', 'odd odd'),
    all: body,
  })
})

test('the main output may be all bytes while a subset has rules', () => {
  const { main, subsets, stats } = scrape([], body, {
    subsets: { sum: [{ action: 'labeldrop', regex: 'path' }] },
  })
  expect(main).toBe(body)
  expect(subsets.sum).toContain('a 3\n')
  expect(stats).toMatchObject({ samplesIn: 3, malformedLines: 1, main: { samplesOut: 3 } })
  expect(stats.subsets.get('sum')).toMatchObject({ samplesOut: 2, mergedSeries: 1 })
})

test('each subset has its end marker', () => {
  const { subsets } = scrape([], lines('a{path="1"} 1', '# EOF'), {
    format: 'openmetrics',
    subsets: {
      none: [{ action: 'keep', source_labels: ['x'], regex: '1' }],
      sum: [{ action: 'labeldrop', regex: 'path' }],
    },
  })
  expect(subsets).toEqual({ none: '# EOF\n', sum: lines('a 1', '# EOF') })
})
