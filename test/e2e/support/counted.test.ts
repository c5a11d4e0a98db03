import { describe, expect, test } from '@jest/globals'
import { countedInAll } from './counted.ts'

describe('what processes have counted', () => {
  test.each<[string, number[][], number]>([
    ['nothing without series', [], 0],
    ['the last value of each series', [[1, 5, 5, 9], [4]], 13],
    ['and the last value before each fall, where a process ended', [[10, 20, 0, 7, 3]], 30],
  ])('%s', (_, values, expected) => {
    expect(countedInAll(values.map(of => ({ labels: {}, values: of })))).toBe(expected)
  })
})
