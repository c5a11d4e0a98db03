import { expect, test } from '@jest/globals'
import {
  type CombineFunction,
  combine,
  combinedValue,
  nothingCombined,
} from '../../../../proxy/gate/merge/combine.ts'

function combineAll(by: CombineFunction, values: readonly number[]): { value: number; skipped: number } {
  const combined = nothingCombined()
  const skipped = values.filter(value => !combine(combined, by, value)).length
  return { value: combinedValue(combined, by), skipped }
}

test.each<[CombineFunction, readonly number[], number]>([
  ['sum', [1, 2, 4], 7],
  ['sum', [-0, -0], -0],
  ['sum', [Infinity, -Infinity], Number.NaN],
  ['min', [2, 1, 3], 1],
  ['max', [2, 3, 1], 3],
  ['max', [-2, -3], -2],
  ['avg', [1, 2, 6], 3],
  ['count', [0, 0, 5], 3],
  ['one', [3, 4], 1],
])('%s of %j is %d', (by, values, expected) => {
  expect(combineAll(by, values).value).toBe(expected)
})

test.each<[CombineFunction, number]>([
  ['sum', 4],
  ['min', 1],
  ['max', 3],
  ['avg', 2],
  ['count', 2],
  ['one', 1],
])('%s skips NaN', (by, expected) => {
  expect(combineAll(by, [Number.NaN, 1, Number.NaN, 3])).toEqual({ value: expected, skipped: 2 })
})

test.each<CombineFunction>(['sum', 'min', 'max', 'avg', 'count'])('%s of nothing but NaN is NaN', by => {
  expect(combineAll(by, [Number.NaN, Number.NaN])).toEqual({ value: Number.NaN, skipped: 2 })
})
