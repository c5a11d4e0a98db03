import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type * as z from 'zod'
import {
  byteSize,
  durationMs,
  durationOrSecondsMs,
  flag,
  logLevel,
  parseByteQuantity,
  parseDurationMs,
  port,
} from '../../../proxy/config/scalars.ts'

function messages(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(issue => issue.message) ?? []
}

describe('durations', () => {
  test.each([
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

  test.each(['', '15', 's', '1x', '-1s', '1s ', '1 s', 'm'])('%j is none', text =>
    expect(parseDurationMs(text)).toBeUndefined(),
  )

  test('need their unit, and more than nothing', () => {
    const expected = 'expected a duration with its unit, such as 15s or 1m30s'
    expect(messages(durationMs, 15)).toEqual([`${expected}, got 15`])
    expect(messages(durationMs, '0s')).toEqual([`${expected}, got "0s"`])
    expect(messages(durationMs, [])).toEqual([`${expected}, got []`])
  })

  test('may be seconds where Tero Edge writes them so', () => {
    expect(durationOrSecondsMs.parse(60)).toBe(60_000)
    expect(durationOrSecondsMs.parse('60')).toBe(60_000)
    expect(durationOrSecondsMs.parse('1m')).toBe(60_000)
    expect(messages(durationOrSecondsMs, 0)).toEqual([
      'expected a number of seconds or a duration such as 60s, got 0',
    ])
  })
})

describe('byte sizes', () => {
  test.each([
    ['10Mi', 10 * 2 ** 20],
    ['500k', 500_000],
    ['1.5Ki', 1536],
    ['1048576', 1_048_576],
    ['0', 0],
  ])('%s is %d bytes', (text, bytes) => expect(parseByteQuantity(text)).toBe(bytes))

  test.each(['10MB', '10mi', '-1', '1e3', '', 'Mi', '99999999Ti'])('%j is none', text =>
    expect(parseByteQuantity(text)).toBeUndefined(),
  )

  test('whole numbers stand for themselves', () => {
    const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(whole, bytes => byteSize.parse(bytes) === bytes && byteSize.parse(String(bytes)) === bytes),
    )
  })

  test.each([-1, 1.5, '10MB', null, true])('%j is refused with an example', value =>
    expect(messages(byteSize, value)).toEqual([
      `expected a number of bytes or a quantity such as 10Mi, got ${JSON.stringify(value)}`,
    ]),
  )
})

describe('ports', () => {
  test.each([0, 8080, 65535, '8080'])('%j is one', value => expect(port.parse(value)).toBe(Number(value)))
  test.each([-1, 65536, 1.5, 'http', '', null])('%j is none', value =>
    expect(messages(port, value)).toEqual([
      `expected a port number from 0 to 65535, got ${JSON.stringify(value)}`,
    ]),
  )
})

describe('log levels', () => {
  test.each([
    ['debug', 'debug'],
    ['INFO', 'info'],
    ['warning', 'warn'],
    ['err', 'error'],
  ])('%s is %s', (text, level) => expect(logLevel.parse(text)).toBe(level))

  test('others are refused with the ones there are', () =>
    expect(messages(logLevel, 'loud')).toEqual([
      'expected one of trace, debug, info, warn, error; got "loud"',
    ]))
})

test.each([
  [true, true],
  ['true', true],
  ['false', false],
])('the flag %j is %j', (value, expected) => expect(flag.parse(value)).toBe(expected))

test('a flag that is neither is refused', () =>
  expect(messages(flag, 'yes')).toEqual(['expected true or false, got "yes"']))
