import { describe, expect, test } from '@jest/globals'
import { byteQuantitySchema, quantityNanos, resourceQuantitySchema } from '../../../operator/api/quantity.ts'

describe('quantities in billionths', () => {
  test.each<[number | string, bigint]>([
    [0, 0n],
    [2, 2_000_000_000n],
    ['2', 2_000_000_000n],
    ['100m', 100_000_000n],
    ['0.5', 500_000_000n],
    ['1.', 1_000_000_000n],
    ['1u', 1000n],
    ['1n', 1n],
    ['0.1n', 1n],
    ['1k', 1_000_000_000_000n],
    ['1Ki', 1_024_000_000_000n],
    ['1.5Gi', 1_610_612_736_000_000_000n],
    ['1E', 10n ** 27n],
    ['1e3', 1_000_000_000_000n],
    ['1E-3', 1_000_000n],
    ['2Ei', 2n ** 61n * 10n ** 9n],
  ])('%p', (quantity, nanos) => {
    expect(quantityNanos(quantity)).toBe(nanos)
  })

  test.each(['', 'Mi', '-1', '+1', '1 Mi', '10MB', '1ki', '1K', '1e', '1e1000', '0x10'])(
    '%p is none',
    quantity => {
      expect(quantityNanos(quantity)).toBeUndefined()
    },
  )
})

describe('bytes', () => {
  test.each([0, 1_048_576, '10Mi', '512k', '1Gi', '1024Gi', 2 ** 40])('%p is accepted', quantity => {
    expect(byteQuantitySchema.safeParse(quantity).success).toBe(true)
  })

  test.each([-1, 1.5, '1.5Mi', '100m', '1Ti', '1025Gi', 2 ** 40 + 1, '', 'many', true, null])(
    '%p is refused',
    quantity => {
      expect(byteQuantitySchema.safeParse(quantity).success).toBe(false)
    },
  )
})

test.each(['-1', '+1', 'lots', '', -1])('an amount of %p is refused', amount => {
  expect(resourceQuantitySchema.safeParse(amount).success).toBe(false)
})
