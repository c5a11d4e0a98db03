import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatFloat } from '../../../../proxy/exposition/float.ts'
import { SCRATCH } from '../../../../proxy/gate/kernel/assembly/layout.ts'
import { Kernel } from '../../../../proxy/gate/kernel/kernel.ts'

const kernel = new Kernel()

/** What the kernel prints; undefined when it leaves the number to the host. */
function print(value: number): string | undefined {
  const end = kernel.exports.printNumber(SCRATCH, value)
  return end === 0 ? undefined : kernel.bytes.toString('latin1', SCRATCH, end)
}

const scaled = fc
  .tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.nat(9))
  .map(([mantissa, decimals]) => Number(`${mantissa}e-${decimals}`))
const sums = fc.array(scaled, { minLength: 1, maxLength: 10 }).map(all => all.reduce((a, b) => a + b, 0))
/** The floats before and after a decimal: they look alike and print otherwise. */
const neighbours = fc.tuple(scaled, fc.constantFrom(-1n, 1n)).map(([value, step]) => {
  const bits = new BigInt64Array(new Float64Array([value]).buffer)
  bits[0] = (bits[0] ?? 0n) + step
  return new Float64Array(bits.buffer)[0] ?? 0
})

test.each([
  ['decimals', scaled],
  ['sums of decimals', sums],
  ['next to decimals', neighbours],
  ['integers', fc.maxSafeInteger()],
  ['any float', fc.double()],
])('numbers are printed as String prints them: %s', (_, values) => {
  fc.assert(
    fc.property(values, value => {
      expect(print(value) ?? formatFloat(value)).toBe(formatFloat(value))
    }),
    { numRuns: 3000 },
  )
})

test.each([
  [0, '0'],
  [-1, '-1'],
  [9007199254740991, '9007199254740991'],
  [0.1, '0.1'],
  [-12.5, '-12.5'],
  [0.000001, '0.000001'],
  [1234567.890123, '1234567.890123'],
  [0.1 + 0.2, undefined],
  [1e-7, undefined],
  [1e21, undefined],
  [-0, undefined],
  [Number.NaN, undefined],
  [Infinity, undefined],
])('%d is printed here as %s', (value, text) => {
  expect(print(value)).toBe(text)
})
