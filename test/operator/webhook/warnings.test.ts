import { expect, test } from '@jest/globals'
import { boundWarnings } from '../../../operator/webhook/warnings.ts'

test('a warning says who warns', () => {
  expect(boundWarnings(['no sidecar'])).toEqual(['metricgate: no sidecar'])
})

test('a long one is cut where the API server would cut it, by characters and not by bytes', () => {
  const [warning = ''] = boundWarnings(['ä🙂'.repeat(200)])
  expect(Array.from(warning)).toHaveLength(256)
  expect(warning.endsWith('...')).toBe(true)
})

test('one that just fits is not', () => {
  const fits = 'x'.repeat(256 - 'metricgate: '.length)
  expect(boundWarnings([fits])).toEqual([`metricgate: ${fits}`])
})

test('control characters, for which the API server would drop it, become spaces', () => {
  expect(boundWarnings(['one\r\n\ttwo\u0000\ud800!'])).toEqual(['metricgate: one two !'])
})

test('there are never more than eight', () => {
  expect(boundWarnings(Array.from({ length: 20 }, (_, index) => String(index)))).toHaveLength(8)
})
