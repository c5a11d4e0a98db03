import { expect, test } from '@jest/globals'
import { relabel } from '../relabel.ts'

const series = { __name__: 'm', a: 'x', b: 'y', c: 'x' }

test.each([
  ['keep matches the whole value', { action: 'keep', source_labels: ['a'], regex: 'x' }, true],
  ['keep does not match a part', { action: 'keep', source_labels: ['__name__', 'a'], regex: 'm' }, false],
  ['drop is its opposite', { action: 'drop', source_labels: ['a'], regex: 'x' }, false],
  ['drop passes what does not match', { action: 'drop', source_labels: ['a'], regex: 'z' }, true],
  ['values are joined by ;', { action: 'keep', source_labels: ['a', 'b'], regex: 'x;y' }, true],
  ['or by the separator', { action: 'keep', source_labels: ['a', 'b'], separator: '', regex: 'xy' }, true],
  ['an absent label is empty', { action: 'keep', source_labels: ['no', 'a'], regex: ';x' }, true],
  ['no source label is empty', { action: 'keep', regex: '' }, true],
  ['a null regex matches only the empty value', { action: 'keep', source_labels: ['a'], regex: null }, false],
  ['keepequal compares', { action: 'keepequal', source_labels: ['a'], target_label: 'c' }, true],
  ['keepequal drops what differs', { action: 'keepequal', source_labels: ['a'], target_label: 'b' }, false],
  ['dropequal is its opposite', { action: 'dropequal', source_labels: ['a'], target_label: 'c' }, false],
  ['two absent labels are equal', { action: 'keepequal', source_labels: ['no'], target_label: 'none' }, true],
])('%s', (_, rule, kept) => {
  expect(relabel([rule], series)).toEqual(kept ? series : undefined)
})

test('the first rule that drops ends the list', () => {
  const drop = { action: 'drop', source_labels: ['a'], regex: 'x' }
  expect(relabel([drop, { target_label: 'a', replacement: 'z' }], series)).toBeUndefined()
})

test('a rule sees what earlier rules wrote', () => {
  const write = { target_label: 'a', replacement: 'z' }
  expect(relabel([write, { action: 'drop', source_labels: ['a'], regex: 'x' }], series)).toEqual({
    ...series,
    a: 'z',
  })
})
