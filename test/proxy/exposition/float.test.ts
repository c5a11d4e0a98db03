import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatFloat, formatOpenMetricsFloat, parseFloatText } from '../../../proxy/exposition/float.ts'

describe('parseFloatText reads what Prometheus reads', () => {
  test.each([
    ['0', 0],
    ['-0', -0],
    ['+7', 7],
    ['1.', 1],
    ['.5', 0.5],
    ['007', 7],
    ['1E-3', 0.001],
    ['1.2e+06', 1200000],
    ['9007199254740993', 9007199254740992],
    ['4.9e-324', 5e-324],
    ['1e-400', 0],
    ['1.7976931348623157e+308', Number.MAX_VALUE],
    ['inf', Infinity],
    ['+Inf', Infinity],
    ['-Infinity', -Infinity],
    ['INFINITY', Infinity],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
  ])('%s', (text, value) => {
    expect(parseFloatText(text)).toBe(value)
  })
})

describe('parseFloatText refuses what Prometheus refuses', () => {
  test.each([
    '',
    ' 1',
    '1 ',
    '1\r',
    '.',
    '-',
    '1e',
    '1e+',
    '--1',
    '1_000',
    '0x10',
    '0x1p-2',
    '+nan',
    '-nan',
    'infin',
    '1e400',
    '1.7976931348623159e308',
    '1,5',
    '١',
  ])('%j', text => {
    expect(parseFloatText(text)).toBeUndefined()
  })
})

test('texts that parse mean what Number says, for all decimal notations', () => {
  const digits = fc.stringMatching(/^[0-9]{1,25}$/)
  const notation = fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      digits,
      fc.constantFrom('', '.'),
      digits,
      fc.integer({ min: -330, max: 280 }),
    )
    .map(([sign, whole, point, part, exponent]) => `${sign}${whole}${point}${part}e${exponent}`)
  fc.assert(
    fc.property(notation, text => {
      const expected = Number(text)
      expect(parseFloatText(text)).toBe(Number.isFinite(expected) ? expected : undefined)
    }),
  )
})

test('a printed value reads back as the same float64', () => {
  fc.assert(
    fc.property(fc.double(), value => {
      expect(parseFloatText(formatFloat(value))).toBe(value)
    }),
  )
})

test.each([
  [Number.NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [-0, '-0'],
  [0.1 + 0.2, '0.30000000000000004'],
])('%d is printed as %s', (value, text) => {
  expect(formatFloat(value)).toBe(text)
})

// The expected texts are those of FormatOpenMetricsFloat in Prometheus.
test.each([
  [0, '0.0'],
  [-0, '0.0'],
  [1, '1.0'],
  [-1, '-1.0'],
  [10, '10.0'],
  [0.1, '0.1'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [100000, '100000.0'],
  [123456.7, '123456.7'],
  [1000000, '1e+06'],
  [1234567, '1.234567e+06'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [Number.NaN, 'NaN'],
])('the bound %d is written %s', (value, text) => {
  expect(formatOpenMetricsFloat(value)).toBe(text)
})
