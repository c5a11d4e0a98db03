import { expect, test } from '@jest/globals'
import { durationMs, durationSchema } from '../../../operator/api/duration.ts'

test.each([
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['1h', 3_600_000],
  ['1h2m3s4ms', 3_723_004],
  ['250ms', 250],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', '30', 's', '1d', '1w', '30s1m', '-5s', '1.5s', ' 1s', '1 s', '1234567s'])(
  '%p is no duration',
  text => {
    expect(durationMs(text)).toBeUndefined()
    expect(durationSchema.safeParse(text).success).toBe(false)
  },
)

test('a timeout of nothing is refused, although it is a duration', () => {
  expect(durationSchema.safeParse('0s').success).toBe(false)
})
