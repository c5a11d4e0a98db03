import { expect, test } from '@jest/globals'
import { BoundedMemo } from '../../../proxy/gate/memo.ts'

// An entry without text costs 300 bytes.
test('what fits is remembered, what does not is not', () => {
  const memo = new BoundedMemo<number>(700)
  for (const key of ['a', 'b', 'c']) memo.set(key, 1, key.length)
  expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual([1, 1, undefined])
})

test('what two generations did not ask for makes room', () => {
  const memo = new BoundedMemo<number>(700)
  memo.set('a', 1, 1)
  memo.set('b', 2, 1)
  memo.age()
  expect(memo.get('b')).toBe(2)
  memo.set('c', 3, 1)
  expect(memo.get('c')).toBeUndefined()
  memo.age()
  memo.set('c', 3, 1)
  expect([memo.get('a'), memo.get('b'), memo.get('c')]).toEqual([undefined, 2, 3])
})

test('a value that replaces another takes its room', () => {
  const memo = new BoundedMemo<number>(700)
  for (let value = 0; value < 10; value++) memo.set('a', value, 1)
  memo.set('b', 1, 1)
  expect([memo.get('a'), memo.get('b')]).toEqual([9, 1])
})

test('a memory of nothing remembers nothing', () => {
  const memo = new BoundedMemo<number>(0)
  memo.set('a', 1, 1)
  expect(memo.get('a')).toBeUndefined()
})
