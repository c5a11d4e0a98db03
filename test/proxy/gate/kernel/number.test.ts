import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseFloatText } from '../../../../proxy/exposition/float.ts'
import { SCRATCH } from '../../../../proxy/gate/kernel/assembly/layout.ts'
import { Kernel } from '../../../../proxy/gate/kernel/kernel.ts'

const kernel = new Kernel()

/** What the kernel reads; undefined when it leaves the text to the host. */
function read(text: string): number | undefined {
  kernel.bytes.write(` ${text}\n`, SCRATCH, 'latin1')
  const end = kernel.exports.parseNumber(SCRATCH + 1)
  if (end === 0) return undefined
  expect(end).toBe(SCRATCH + 1 + text.length)
  return kernel.exports.number.value
}

const exponent = fc.integer({ min: -120, max: 120 })
const decimal = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.bigInt({ min: 0n, max: 10n ** 19n - 1n }), fc.nat(19))
  .map(([sign, mantissa, fraction]) => {
    const digits = mantissa.toString().padStart(fraction + 1, '0')
    return `${sign}${digits.slice(0, digits.length - fraction)}.${digits.slice(digits.length - fraction)}`
  })
/** Half way between two floats, or one digit away from it. */
const halfway = fc
  .tuple(fc.bigInt({ min: 2n ** 53n, max: 2n ** 54n - 1n }), fc.integer({ min: -1, max: 1 }), fc.nat(8))
  .map(([mantissa, off, shift]) => ((mantissa * 2n + 1n) * 2n ** BigInt(shift) + BigInt(off)).toString())
  .filter(digits => digits.length <= 19)

describe('numbers are read as Number reads them', () => {
  test.each([
    ['as floats are printed', fc.double({ min: 1e-100, max: 1e100 }).map(String)],
    ['with 17 digits', fc.double({ min: 1e-5, max: 1e20, noNaN: true }).map(value => value.toPrecision(17))],
    ['with an exponent', fc.tuple(decimal, exponent).map(([text, power]) => `${text}e${power}`)],
    ['with a fraction', decimal],
    ['half way between two floats', halfway],
    ['half way, with an exponent', fc.tuple(halfway, exponent).map(([text, power]) => `${text}e${power}`)],
    ['integers', fc.bigInt({ min: 0n, max: 10n ** 19n - 1n }).map(String)],
  ])('%s', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        const value = read(text)
        if (value !== undefined) expect(value).toBe(Number(text))
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['0', 0],
    ['-0', -0],
    ['+1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1.2E+06', 1.2e6],
    ['1e-7', 1e-7],
    ['0.30000000000000004', 0.30000000000000004],
    ['9007199254740993', 9007199254740992],
    ['12345678901234567890e-1', undefined],
    ['0.00012345678901234567', 0.00012345678901234567],
    ['NaN', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
  ])('%s', (text, value) => {
    expect(read(text)).toBe(value)
  })
})

test('the kernel reads nothing that the grammar does not allow', () => {
  const character = fc.constantFrom(...'0123456789+-.eE_xXnNaAiIfF')
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 8 }), text => {
      kernel.bytes.write(` ${text}\n`, SCRATCH, 'latin1')
      const end = kernel.exports.parseNumber(SCRATCH + 1)
      if (end !== SCRATCH + 1 + text.length) return
      expect(parseFloatText(text)).toBe(kernel.exports.number.value)
    }),
    { numRuns: 5000 },
  )
})
