import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareNames, isValidLabelName } from '../../../proxy/relabel/label-name.ts'

test.each([
  ['a', true],
  ['9', true],
  ['http.method', true],
  ['a b', true],
  ['日本', true],
  ['😀', true],
  ['', false],
  ['\ud83d', false],
  ['a\ude00', false],
])('%j is a valid name: %s', (name, valid) => {
  expect(isValidLabelName(name)).toBe(valid)
})

test('names are ordered by their UTF-8 bytes', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'z', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  })
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})
