import * as z from 'zod'
import { withRules } from './rules.ts'

const DURATION = /^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$/
const UNITS_MS = [3_600_000, 60_000, 1000, 1]

/**
 * Milliseconds of a duration such as "30s" or "1m30s": the common part of what Prometheus, Go and CEL understand
 * (no days and longer). `undefined` if it is none.
 */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (match === null || text === '') return undefined
  return UNITS_MS.reduce((sum, unit, index) => sum + unit * Number.parseInt(match[index + 1] ?? '0', 10), 0)
}

/** A duration longer than nothing, kept as it was written. */
export const durationSchema = withRules(z.string().max(32), [
  {
    cel: `self != '' && self.matches('${DURATION.source}') && duration(self) > duration('0s')`,
    holds: text => (durationMs(text) ?? 0) > 0,
    message: 'a duration is a number and a unit (h, m, s, ms), more than zero: 30s, 1m30s',
  },
])
