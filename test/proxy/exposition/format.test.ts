import { describe, expect, test } from '@jest/globals'
import { formatContentType, parseContentType } from '../../../proxy/exposition/format.ts'

describe('the format of a Content-Type', () => {
  test.each([
    ['text/plain', 'text'],
    ['text/plain; version=0.0.4; charset=utf-8', 'text'],
    ['text/plain;version=1.0.0;escaping=allow-utf-8', 'text'],
    ['Text/Plain; Version=0.0.4', 'text'],
    ['text/plain; version=0.0.5', 'text'],
    ['text/plain; version=2.0.0', 'text'],
    ['text/plain; charset="utf-8" ;', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=0.0.1', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores', 'openmetrics'],
  ])('%s', (header, format) => {
    expect(parseContentType(header)?.format).toBe(format)
  })

  test.each([
    undefined,
    '',
    'text',
    'text/html; charset=utf-8',
    'application/json',
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    'application/openmetrics-text; version=2.0.0',
    'application/openmetrics-text; version=',
    'text/plain; version',
    'text/plain; version=0.0.4; version=1.0.0',
    'text/plain, application/json',
  ])('is unknown: %s', header => {
    expect(parseContentType(header)).toBeUndefined()
  })
})

test.each([
  ['text/plain', 'text/plain'],
  ['TEXT/plain;version=0.0.4;charset=utf-8', 'text/plain; version=0.0.4; charset=utf-8'],
  [
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
  ],
  ['text/plain; version=0.0.5', 'text/plain; version=0.0.5'],
  ['text/plain; q=0.5; escaping="values"', 'text/plain; escaping=values'],
  ['text/plain; charset="odd \\"name\\""', 'text/plain; charset="odd \\"name\\""'],
])('an answer to %s is %s', (header, answer) => {
  const type = parseContentType(header)
  expect(type && formatContentType(type)).toBe(answer)
})
