import { expect, test } from '@jest/globals'
import { CreatedIndex } from '../../../proxy/aggregate/created.ts'
import type { Family } from '../../../proxy/exposition/families.ts'
import type { Label, Series } from '../../../proxy/exposition/series.ts'

const histogram: Family = { name: 'h', type: 'histogram', metadata: [] }
const series = (name: string, ...labels: Label[]): Series => ({ kind: 'series', name, labels, end: 0 })

test.each<[string, Series, number | undefined]>([
  ['a bucket', series('h_bucket', ['le', '1.0'], ['x', '1']), 0],
  ['a sum', series('h_sum', ['x', '1']), 0],
  ['a sum of another metric', series('h_sum', ['x', '2']), undefined],
  ['labels in another order', series('h_sum', ['y', '2'], ['x', '1']), 1],
])('what says when %s began is found by its metric', (_, searched, expected) => {
  const index = new CreatedIndex()
  index.add(0, series('h_created', ['x', '1']), histogram)
  index.add(1, series('h_created', ['x', '1'], ['y', '2']), histogram)
  index.add(2, searched, histogram)
  expect(index.of(2)).toBe(expected)
})

test('it may come before or after', () => {
  const index = new CreatedIndex()
  index.add(7, series('h_sum'), histogram)
  expect(index.of(7)).toBeUndefined()
  index.add(8, series('h_created'), histogram)
  expect(index.of(7)).toBe(8)
})

test('only the family itself has one: `_created` may be a name like any other', () => {
  const index = new CreatedIndex()
  index.add(0, series('h_created'), { name: 'h_created', type: 'gauge', metadata: [] })
  index.add(1, series('h_created_sum'), { name: 'h_created', type: 'histogram', metadata: [] })
  expect(index.of(1)).toBeUndefined()
})

test('numbers that are not used any more mean nothing', () => {
  const index = new CreatedIndex()
  index.add(0, series('h_created'), histogram)
  index.add(1, series('h_sum'), histogram)
  index.add(2, series('h_count'), histogram)
  index.keep(number => number !== 1)
  expect([index.of(1), index.of(2)]).toEqual([undefined, 0])
  index.keep(number => number !== 0)
  expect(index.of(2)).toBeUndefined()
})
