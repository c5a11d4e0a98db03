import { expect, test } from '@jest/globals'
import { quote } from '../../../proxy/relabel/quote.ts'

// The expected texts are what Go's strconv.Quote gives, but for the last, which Go cannot hold.
test.each([
  ['plain text', '"plain text"'],
  ['a\x07\b\f\n\r\t\v"\\\'', '"a\\a\\b\\f\\n\\r\\t\\v\\"\\\\\'"'],
  ['\x01\x7f', '"\\x01\\x7f"'],
  ['é日\u00a0\u200b\u2028', '"é日\\u00a0\\u200b\\u2028"'],
  ['😀\ue000\u{e0001}\u0301x', '"😀\\ue000\\U000e0001\u0301x"'],
  ['\ud800', '"\\ud800"'],
])('%j is quoted as %s', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})
