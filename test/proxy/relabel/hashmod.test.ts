import { expect, test } from '@jest/globals'
import { hashmod } from '../../../proxy/relabel/hashmod.ts'

// The expected values are Prometheus'.
test.each([
  ['', 1000n, '958'],
  ['foo', 1n, '0'],
  ['foo', 1000n, '696'],
  ['foo', 4294967296n, '3435439320'],
  ['foo', 18446744073709551615n, '17145033699835028696'],
  ['日本語', 18446744073709551615n, '17810699404847557612'],
  ['10.0.0.1:8080', 7n, '3'],
])('%j modulo %s is %s', (text, modulus, expected) => {
  expect(hashmod(text, modulus)).toBe(expected)
})
