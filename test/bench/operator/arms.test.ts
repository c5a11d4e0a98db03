import { describe, expect, test } from '@jest/globals'
import { added, armResult, type Turn } from '../../../bench/operator/arms.ts'
import { quantile } from '../../../bench/operator/quantiles.ts'

/** 1, 2, … `count`, each `by` more. */
function turn(count: number, by = 0): Turn {
  return { latenciesMs: Array.from({ length: count }, (_, index) => index + 1 + by), cpuMs: 10, missed: 1 }
}

test.each([
  { q: 0, value: 1 },
  { q: 0.5, value: 50 },
  { q: 0.99, value: 99 },
  { q: 1, value: 100 },
])('quantile $q of 1 to 100 is $value', ({ q, value }) => {
  expect(quantile(turn(100).latenciesMs.toReversed(), q)).toBe(value)
})

test('an arm: its turns together', () => {
  expect(armResult('ours', [turn(50), turn(50, 50)])).toEqual({
    arm: 'ours',
    pods: 100,
    missed: 2,
    p50Ms: 50,
    p99Ms: 99,
    cpuMsPerPod: 0.2,
  })
})

describe('what an arm adds', () => {
  test('the difference of the quantiles of all turns', () => {
    expect(added([turn(100), turn(100)], [turn(100, 3), turn(100, 3)])).toEqual({
      p50Ms: 3,
      p99Ms: 3,
      medianP99Ms: 3,
    })
  })

  test('one bad round shows in the 99th percentile of all, not in the median of the rounds', () => {
    const base = [turn(100), turn(100), turn(100)]
    const { p99Ms, medianP99Ms } = added(base, [turn(100, 2), turn(100, 500), turn(100, 2)])
    expect(p99Ms).toBeGreaterThan(400)
    expect(medianP99Ms).toBe(2)
  })
})
