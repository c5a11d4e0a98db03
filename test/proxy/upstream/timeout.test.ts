import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { scrapeTimeoutMs } from '../../../proxy/upstream/timeout.ts'

test.each([
  ['10', 9500],
  ['10.000000', 9500],
  ['1', 900],
  ['0.5', 450],
  ['1e1', 9500],
])('Prometheus gives %s s: %d ms, less a margin for our own answer', (header, ms) =>
  expect(scrapeTimeoutMs(15_000, header)).toBe(ms),
)

test('the configured timeout counts where it is shorter', () =>
  expect(scrapeTimeoutMs(2000, '10')).toBe(2000))

test.each([undefined, '', 'x', '-1', '0', 'NaN', 'Infinity', '1e999', '10s', '0x10'])(
  '%j is no time',
  header => expect(scrapeTimeoutMs(15_000, header)).toBe(15_000),
)

test('the upstream never has more time than either allows, and never none', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 600_000 }),
    fc.double({ min: 0.001, max: 600, noNaN: true }),
    (configuredMs, seconds) => {
      const ms = scrapeTimeoutMs(configuredMs, seconds.toFixed(6))
      return ms >= 1 && ms <= configuredMs && ms <= Math.max(1, seconds * 1000)
    },
  )
  fc.assert(property)
})
