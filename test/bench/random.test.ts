import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { randomFrom, shuffle } from '../../bench/random.ts'

const take = (seed: number, count: number): number[] => {
  const random = randomFrom(seed)
  return Array.from({ length: count }, random)
}

test('a seed gives the same numbers each time, another seed gives others', () => {
  expect(take(1, 5)).toEqual(take(1, 5))
  expect(take(1, 5)).not.toEqual(take(2, 5))
})

test('numbers are spread over [0, 1)', () => {
  const numbers = take(7, 10_000)
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => numbers.filter(n => Math.floor(n * 10) === tenth).length,
  )
  expect(tenths.reduce((sum, count) => sum + count)).toBe(10_000)
  expect(Math.min(...tenths)).toBeGreaterThan(900)
})

test('shuffling loses nothing and adds nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer(), (numbers, seed) => {
      const mixed = Uint32Array.from(numbers)
      shuffle(mixed, randomFrom(seed))
      expect(mixed.toSorted()).toEqual(Uint32Array.from(numbers).toSorted())
    }),
  )
})
