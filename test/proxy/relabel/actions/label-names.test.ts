import { expect, test } from '@jest/globals'
import { relabel } from '../relabel.ts'

const series = { __name__: 'm', a: '1', b: '2', ab: '3' }

test.each([
  ['labeldrop removes by name', { action: 'labeldrop', regex: 'a.*' }, { __name__: 'm', b: '2' }],
  ['labeldrop removes the metric name too', { action: 'labeldrop', regex: '__name__|a|b' }, { ab: '3' }],
  ['labelkeep removes all others', { action: 'labelkeep', regex: '__name__|b' }, { __name__: 'm', b: '2' }],
  ['labelkeep removes the metric name too', { action: 'labelkeep', regex: 'b' }, { b: '2' }],
  ['labeldrop matches the whole name', { action: 'labeldrop', regex: '_' }, series],
])('%s', (_, rule, remaining) => {
  expect(relabel([rule], series)).toEqual(remaining)
})

test('labelmap copies to the name that the old one becomes', () => {
  const rule = { action: 'labelmap', regex: 'a(.*)', replacement: 'x_$1' }
  expect(relabel([rule], series)).toEqual({ ...series, x_: '1', x_b: '3' })
})

test('labelmap does not map what it made', () => {
  const rule = { action: 'labelmap', regex: '(a+)', replacement: 'a$1' }
  expect(relabel([rule], { __name__: 'm', a: '1' })).toEqual({ __name__: 'm', a: '1', aa: '1' })
})

test('labelmap does not check the new name: an empty one is made, as in Prometheus', () => {
  const rule = { action: 'labelmap', regex: 'b', replacement: '$1' }
  expect(relabel([rule], { __name__: 'm', b: '2' })).toEqual({ __name__: 'm', b: '2', '': '2' })
})

test('of labels that map to one name, the last by name wins', () => {
  const rule = { action: 'labelmap', regex: 'a|b', replacement: 'x' }
  expect(relabel([rule], { b: '2', a: '1' })).toEqual({ a: '1', b: '2', x: '2' })
})

test('of labels that map to one name, one that a rule wrote wins over those that came', () => {
  const write = { target_label: 'a', replacement: 'new' }
  const map = { action: 'labelmap', regex: 'a|b', replacement: 'x' }
  expect(relabel([write, map], { b: '2' })).toEqual({ a: 'new', b: '2', x: 'new' })
})
