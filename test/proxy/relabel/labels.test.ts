import { expect, test } from '@jest/globals'
import { LabelBuilder } from '../../../proxy/relabel/labels.ts'

const build = (...names: string[]) => new LabelBuilder(new Map(names.map(name => [name, 'v'])))
const order = (labels: LabelBuilder) => labels.snapshot().map(([name]) => name)

test('an absent label reads as empty', () => {
  expect(build('a').get('b')).toBe('')
})

test('setting the empty value deletes', () => {
  const labels = build('a')
  labels.set('a', '')
  expect([...labels.names()]).toEqual([])
})

test('labels that came with the series are visited by name', () => {
  expect(order(build('c', '😀', 'a', 'ｚ', 'b'))).toEqual(['a', 'b', 'c', 'ｚ', '😀'])
})

test('written labels are visited last, in the order of their first write', () => {
  const labels = build('c', 'b', 'a')
  for (const name of ['z', 'b', 'y', 'z']) labels.set(name, 'w')
  expect(order(labels)).toEqual(['a', 'c', 'z', 'b', 'y'])
})

test('a label that is deleted and written again goes to the end', () => {
  const labels = build('a')
  labels.set('z', 'w')
  labels.set('y', 'w')
  labels.delete('z')
  labels.set('z', 'w')
  expect(order(labels)).toEqual(['a', 'y', 'z'])
})

test('a snapshot stands still', () => {
  const labels = build('a')
  const before = labels.snapshot()
  labels.set('a', 'w')
  expect(before).toEqual([['a', 'v']])
})
