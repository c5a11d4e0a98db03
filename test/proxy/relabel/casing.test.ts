import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { toLower, toUpper } from '../../../proxy/relabel/casing.ts'

test.each([
  ['straße', 'STRAßE', 'straße'],
  ['ẞ', 'ẞ', 'ß'],
  ['İı', 'İI', 'iı'],
  ['ΑΣ', 'ΑΣ', 'ασ'],
  ['ŉ', 'ŉ', 'ŉ'],
  ['ǅ', 'Ǆ', 'ǆ'],
  ['ᾳ', 'ᾼ', 'ᾳ'],
  ['ﬃ', 'ﬃ', 'ﬃ'],
  ['ა', 'Ა', 'ა'],
  ['ꭰ', 'Ꭰ', 'ꭰ'],
  ['ſK', 'SK', 'ſk'],
  ['𐐨', '𐐀', '𐐨'],
  ['ƛɤ', 'ƛɤ', 'ƛɤ'],
  ['GET /x', 'GET /X', 'get /x'],
])('%s is %s in upper and %s in lower case', (text, upper, lower) => {
  expect([toUpper(text), toLower(text)]).toEqual([upper, lower])
})

// The digest is of a listing by Go 1.26: a line "code point, upper, lower", in decimal, for every code point.
test('maps every code point as Go does', () => {
  const listing: string[] = []
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue
    const character = String.fromCodePoint(codePoint)
    listing.push(`${codePoint} ${toUpper(character).codePointAt(0)} ${toLower(character).codePointAt(0)}\n`)
  }
  const digest = createHash('sha256').update(listing.join('')).digest('hex')
  expect(digest).toBe('74e5ed9f3f2d8721bcef923e5f03f620b0e54e2eb359eb10dc833fad8e7b97d8')
})
