import { expect, test } from '@jest/globals'
import { rememberByName } from '../../../../proxy/relabel/actions/memo.ts'

test('an answer is computed once, undefined too', () => {
  const asked: string[] = []
  const answer = rememberByName(name => {
    asked.push(name)
    return name === 'a' ? 1 : undefined
  })
  expect(['a', 'b', 'a', 'b'].map(answer)).toEqual([1, undefined, 1, undefined])
  expect(asked).toEqual(['a', 'b'])
})

test('names beyond the bound are answered, and not kept', () => {
  let computed = 0
  const answer = rememberByName(name => {
    computed += 1
    return name
  })
  const names = Array.from({ length: 10_000 }, (_, i) => `l${i}`)
  expect(names.map(answer)).toEqual(names)
  expect(names.map(answer)).toEqual(names)
  expect(computed).toBeGreaterThan(10_000)
})
