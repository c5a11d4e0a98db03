import * as z from 'zod'
import { withRules } from './rules.ts'

const QUANTITY = /^([0-9]+)(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$/
const BYTES = /^[0-9]{1,15}(k|Ki|M|Mi|G|Gi)?$/
const BYTES_MAX = 2 ** 40
const NANO = 10n ** 9n
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const BINARY_SUFFIXES = 'KMGTPE'

/**
 * A non-negative Kubernetes quantity in billionths, rounded up as Kubernetes does (`k8s.io/apimachinery`,
 * `pkg/api/resource`): "100m" → 100,000,000n. `undefined` if it is none.
 */
export function quantityNanos(quantity: number | string): bigint | undefined {
  const match = QUANTITY.exec(String(quantity))
  if (match === null) return undefined
  const [, whole = '', fraction = '', suffix = ''] = match
  const multiplier = suffixRatio(suffix)
  const numerator = BigInt(whole + fraction) * multiplier.numerator * NANO
  const denominator = 10n ** BigInt(fraction.length) * multiplier.denominator
  return (numerator + denominator - 1n) / denominator
}

function suffixRatio(suffix: string): { numerator: bigint; denominator: bigint } {
  if (suffix.endsWith('i')) {
    return { numerator: 1024n ** BigInt(BINARY_SUFFIXES.indexOf(suffix.charAt(0)) + 1), denominator: 1n }
  }
  const exponent = DECIMAL_EXPONENTS[suffix] ?? Number(suffix.slice(1))
  return exponent < 0
    ? { numerator: 1n, denominator: 10n ** BigInt(-exponent) }
    : { numerator: 10n ** BigInt(exponent), denominator: 1n }
}

const intOrString = z
  .union([z.int(), z.string().max(32)])
  .meta({ 'x-kubernetes-int-or-string': true, maxLength: 32 })

/** A whole number of bytes, kept as it was written: 1048576, "512Ki", "10Mi". */
export const byteQuantitySchema = withRules(intOrString, [
  {
    cel: `type(self) == int ? self >= 0 && self <= ${BYTES_MAX} : self.matches('${BYTES.source}') && quantity(self).compareTo(quantity('1Ti')) <= 0`,
    holds: quantity => isByteQuantity(quantity),
    message:
      'a number of bytes is whole, from 0 to 1Ti, and may end in k, M, G, Ki, Mi or Gi: 1048576, 512Ki, 10Mi',
  },
])

function isByteQuantity(quantity: number | string): boolean {
  if (typeof quantity === 'string' && !BYTES.test(quantity)) return false
  const nanos = quantityNanos(quantity)
  return nanos !== undefined && nanos <= BigInt(BYTES_MAX) * NANO
}

/** An amount of a compute resource, kept as it was written: "100m", "0.5", "64Mi", 1. */
export const resourceQuantitySchema = withRules(intOrString, [
  {
    // isQuantity alone also takes signs, and a bare suffix for 0.
    cel: "type(self) == int ? self >= 0 : self.matches('^[0-9]') && isQuantity(self)",
    holds: quantity => quantityNanos(quantity) !== undefined,
    message: 'an amount is a Kubernetes quantity without a sign: 100m, 0.5, 64Mi',
  },
])
