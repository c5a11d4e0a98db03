import { describe, expect, test } from '@jest/globals'
import { growth, samplesOf, sumOf, sumsBy } from '../../../bench/operator/samples.ts'

const TEXT = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{method="GET",path="/a \\"b\\" {c} 1"} 3
requests_total{method="PUT",path=""} 4e1
requests_total_by_others{method="GET"} 5
up 1
last_seconds{job="x"} 7 1700000000000
`

test('the samples of one metric, with their labels', () => {
  expect(samplesOf(TEXT, 'requests_total')).toEqual([
    { labels: { method: 'GET', path: '/a \\"b\\" {c} 1' }, value: 3 },
    { labels: { method: 'PUT', path: '' }, value: 40 },
  ])
})

test('a metric without labels, and one with a timestamp', () => {
  expect(samplesOf(TEXT, 'up')).toEqual([{ labels: {}, value: 1 }])
  expect(samplesOf(TEXT, 'last_seconds')).toEqual([{ labels: { job: 'x' }, value: 7 }])
})

describe('sums', () => {
  const samples = samplesOf(TEXT, 'requests_total')

  test.each([
    { wanted: {}, sum: 43 },
    { wanted: { method: 'PUT' }, sum: 40 },
    { wanted: { method: 'DELETE' }, sum: 0 },
  ])('of those with $wanted: $sum', ({ wanted, sum }) => {
    expect(sumOf(samples, wanted)).toBe(sum)
  })

  test('by a label; what has no key is left out', () => {
    expect(sumsBy(samples, ({ method }) => (method === 'PUT' ? undefined : method))).toEqual({ GET: 3 })
  })
})

test('growth: what is new counts from 0, what has not grown is left out, the most comes first', () => {
  const grown = growth({ GET: 10, PUT: 4 }, { GET: 12, PUT: 4, PATCH: 5 })
  expect(Object.entries(grown)).toEqual([
    ['PATCH', 5],
    ['GET', 2],
  ])
})
