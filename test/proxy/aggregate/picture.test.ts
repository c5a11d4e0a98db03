import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { drawChart } from './picture/chart.ts'
import { trace } from './picture/trace.ts'

const { truth, rates } = trace()
const PICTURE = new URL('../../../docs/images/aggregation.svg', import.meta.url)

test('the picture in the documentation is what aggregation does', () => {
  expect(readFileSync(PICTURE, 'utf8')).toBe(drawChart(trace()))
})

test('the plain sum shows rates that never were', () => {
  expect(Math.max(...rates.sum.slice(1))).toBeGreaterThan(100 * Math.max(...truth.slice(1)))
})

test('the sum of increases does not, and misses nothing', () => {
  const highest = Math.max(...rates.increase.slice(1))
  expect(highest).toBeLessThan(1.6 * Math.max(...truth.slice(1)))
  const sum = (values: readonly number[]) => values.slice(1).reduce((total, value) => total + value, 0)
  expect(sum(rates.increase) / sum(truth)).toBeGreaterThan(0.95)
})
