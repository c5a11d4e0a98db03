import * as z from 'zod'

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/**
 * Milliseconds of a duration as Prometheus (`1m30s`) and Go (`1.5s`) write it, or undefined if it is none.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(DURATION_PART))
    ms += Number(amount) * (MS_PER_UNIT[unit ?? ''] ?? 0)
  return Math.round(ms)
}

const QUANTITY = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/
const BYTES_PER_SUFFIX: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** Bytes of a Kubernetes resource quantity (`10Mi`, `500k`, `1048576`), or undefined if it is none. */
export function parseByteQuantity(text: string): number | undefined {
  const match = QUANTITY.exec(text)
  if (match === null) return undefined
  const suffix = match[2]
  const bytes = Number(match[1]) * (suffix === undefined ? 1 : (BYTES_PER_SUFFIX[suffix] ?? 0))
  return Number.isSafeInteger(Math.ceil(bytes)) ? Math.ceil(bytes) : undefined
}

/** The value as it is quoted in an error message. */
export function quoted(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value))
}

const INTEGER = /^\d+$/

/** A scalar that is written as a number or a string, read by `read`, and refused with `expected` otherwise. */
function scalar<T>(read: (value: number | string) => T | undefined, expected: string) {
  return z
    .union([z.string(), z.number()], {
      error: issue => `expected ${expected}, got ${quoted(issue.input)}`,
    })
    .transform((value, context): T => {
      const result = read(value)
      if (result !== undefined) return result
      context.addIssue({ code: 'custom', message: `expected ${expected}, got ${quoted(value)}` })
      return z.NEVER
    })
}

/** Whole number from `min` to `max`; a string of digits counts, because `${ENV}` always gives a string. */
export const wholeNumber = (min: number, max: number, expected: string) =>
  scalar(value => {
    const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value
    return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined
  }, expected)

/** TCP port; 0 lets the system choose. */
export const port = wholeNumber(0, 65535, 'a port number from 0 to 65535')

/** Bytes, from a number or a quantity. */
export const byteSize = scalar(
  value =>
    typeof value === 'string'
      ? parseByteQuantity(value)
      : Number.isSafeInteger(value) && value >= 0
        ? value
        : undefined,
  'a number of bytes or a quantity such as 10Mi',
)

/** Milliseconds above zero, from a duration with a unit. */
export const durationMs = scalar(value => {
  const ms = typeof value === 'string' ? parseDurationMs(value) : undefined
  return ms !== undefined && ms > 0 ? ms : undefined
}, 'a duration with its unit, such as 15s or 1m30s')

/** Milliseconds above zero, from a duration or, as Tero Edge writes it, a number of seconds. */
export const durationOrSecondsMs = scalar(value => {
  const ms =
    typeof value === 'number'
      ? value * 1000
      : INTEGER.test(value)
        ? Number(value) * 1000
        : parseDurationMs(value)
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? ms : undefined
}, 'a number of seconds or a duration such as 60s')

const LOG_LEVELS = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  err: 'error',
  error: 'error',
} as const

/** Log level of the proxy, in pino's names. */
export type LogLevel = (typeof LOG_LEVELS)[keyof typeof LOG_LEVELS]

/** Log level; `err` and `warning` are Tero Edge's and syslog's spellings of error and warn. */
export const logLevel = z
  .string({ error: issue => `expected a log level, got ${quoted(issue.input)}` })
  .transform((value, context): LogLevel => {
    const level = Object.entries(LOG_LEVELS).find(([name]) => name === value.toLowerCase())?.[1]
    if (level !== undefined) return level
    context.addIssue({
      code: 'custom',
      message: `expected one of trace, debug, info, warn, error; got ${quoted(value)}`,
    })
    return z.NEVER
  })

/** Text that is not empty; `what` says what it is in the error message. */
export const text = (what: string) =>
  z
    .string({ error: issue => `expected ${what}, got ${quoted(issue.input)}` })
    .min(1, { error: `expected ${what}, got ""` })

/** true or false, also as the strings that `${ENV}` gives. */
export const flag = z
  .union([z.boolean(), z.literal('true'), z.literal('false')], {
    error: issue => `expected true or false, got ${quoted(issue.input)}`,
  })
  .transform(value => value === true || value === 'true')
