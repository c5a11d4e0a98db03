import { expect, test } from '@jest/globals'
import { relabel } from '../relabel.ts'

test.each([
  [{ action: 'lowercase', source_labels: ['a', 'b'], target_label: 'x' }, 'straße;get'],
  [{ action: 'uppercase', source_labels: ['a', 'b'], separator: '', target_label: 'x' }, 'STRAßEGET'],
  [{ action: 'hashmod', source_labels: ['c'], modulus: 1000, target_label: 'x' }, '696'],
])('%j writes %j', (rule, x) => {
  const series = { __name__: 'm', a: 'Straße', b: 'GET', c: 'foo' }
  expect(relabel([rule], series)).toEqual({ ...series, x })
})

test('an empty result deletes the target', () => {
  const rule = { action: 'lowercase', source_labels: ['no'], target_label: 'x' }
  expect(relabel([rule], { __name__: 'm', x: 'y' })).toEqual({ __name__: 'm' })
})

test('hashmod writes a hash of the empty value too', () => {
  const rule = { action: 'hashmod', source_labels: ['no'], modulus: 1000, target_label: 'x' }
  expect(relabel([rule], { __name__: 'm' })).toEqual({ __name__: 'm', x: '958' })
})
