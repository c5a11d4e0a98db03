import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { randomFrom } from '../../bench/random.ts'
import { histogram, printGo, SECONDS } from '../../bench/workloads/samples.ts'

test.each([
  [0, '0'],
  [1, '1'],
  [0.25, '0.25'],
  [123456, '123456'],
  [1234567, '1.234567e+06'],
  [1e6, '1e+06'],
  [2 ** 53, '9.007199254740992e+15'],
  [0.0001, '0.0001'],
  [0.00001234, '1.234e-05'],
  [1e21, '1e+21'],
  [-2500000, '-2.5e+06'],
])('Go prints %f as %s', (value, text) => {
  expect(printGo(value)).toBe(text)
})

test('what Go prints reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
      expect(Number(printGo(value))).toBe(value === 0 ? 0 : value)
    }),
  )
})

test('a histogram has its buckets with +Inf, which do not fall, then a sum and the count', () => {
  const text = histogram('h', 'a="b"', SECONDS, randomFrom(1), { scrape: 3, churn: false })
  const lines = text.trimEnd().split('\n')
  const values = lines.map(line => Number(line.slice(line.lastIndexOf(' '))))
  const buckets = values.slice(0, 13)
  expect(lines.map(line => line.slice(0, line.lastIndexOf(' ')))).toEqual([
    ...[...SECONDS, '+Inf'].map(bound => `h_bucket{a="b",le="${bound}"}`),
    'h_sum{a="b"}',
    'h_count{a="b"}',
  ])
  expect(buckets).toEqual(buckets.toSorted((a, b) => a - b))
  expect(values.at(-1)).toBe(buckets.at(-1))
})
