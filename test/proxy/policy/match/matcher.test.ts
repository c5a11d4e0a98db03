import { describe, expect, test } from '@jest/globals'
import type { FieldValue } from '../../../../proxy/policy/fields.ts'
import { dataPoint, matches } from '../policies.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('conditions', () => {
  const cases: [condition: object, value: FieldValue, matches: boolean][] = [
    [{ exact: 'api' }, 'api', true],
    [{ exact: 'api' }, 'apis', false],
    [{ exact: 'api' }, 'API', false],
    [{ exact: 'api', case_insensitive: true }, 'API', true],
    [{ exact: 'a.i', case_insensitive: true }, 'AxI', false],
    [{ exact: 'straße', case_insensitive: true }, 'STRASSE', false],
    [{ exact: 'k', case_insensitive: true }, '\u212a', true],
    [{ starts_with: 'http.' }, 'http.requests', true],
    [{ starts_with: 'http.' }, 'httpx', false],
    [{ starts_with: 'HTTP.', case_insensitive: true }, 'http.requests', true],
    [{ starts_with: 'b', case_insensitive: true }, 'a\nB', false],
    [{ ends_with: '.total' }, 'a.total', true],
    [{ ends_with: '.total' }, 'a.total.x', false],
    [{ ends_with: '.TOTAL', case_insensitive: true }, 'a.total', true],
    [{ ends_with: 'a', case_insensitive: true }, 'A\n', false],
    [{ contains: 'internal' }, 'my.internal.x', true],
    [{ contains: 'INTERNAL', case_insensitive: true }, 'my.internal.x', true],
    [{ contains: 'internal' }, 'external', false],
    [{ contains: '' }, 'x', true],
    [{ regex: 'load' }, 'system.load.1', true],
    [{ regex: '^load' }, 'system.load.1', false],
    [{ regex: 'LOAD', case_insensitive: true }, 'system.load.1', true],
    [{ regex: 'a.b' }, 'a\nb', false],
    [{ regex: '' }, 'x', true],
    [{ exists: true }, '', true],
    [{ exists: false }, 'x', false],
    [{ equals: true }, true, true],
    [{ equals: true }, false, false],
    [{ equals: true }, 'true', false],
    [{ equals: 1 }, true, false],
    [{ equals: 1 }, 1, true],
    [{ equals: 1 }, 1n, true],
    [{ equals: 1 }, 0, false],
    [{ equals: 1 }, 2n, false],
    [{ equals: 1 }, '1', false],
    [{ equals: { intValue: '1' } }, 1.0, true],
    [{ equals: { intValue: '9007199254740993' } }, 9007199254740992, false],
    [{ equals: { intValue: '9007199254740993' } }, 9007199254740993n, true],
    [{ equals: { doubleValue: 0.5 } }, 0.5, true],
    [{ equals: { doubleValue: 'NaN' } }, Number.NaN, false],
    [{ equals: 0 }, -0, true],
    [{ equals: { hexValue: 'abcd' } }, bytes('abcd'), true],
    [{ equals: { bytesValue: 'q80=' } }, bytes('abcd'), true],
    [{ equals: { hexValue: 'abcd' } }, bytes('abce'), false],
    [{ equals: { hexValue: 'abcd' } }, 'abcd', false],
    [{ gt: 5 }, 5, false],
    [{ gt: 5 }, 5.1, true],
    [{ gt: 5 }, 6n, true],
    [{ gte: 5 }, 5n, true],
    [{ lt: 5 }, Number.NEGATIVE_INFINITY, true],
    [{ lte: { doubleValue: 5.5 } }, 5n, true],
    [{ lte: 5 }, Number.NaN, false],
    [{ gt: { intValue: '9007199254740992' } }, 9007199254740993n, true],
    [{ gt: 5 }, '6', false],
    [{ exact: '6' }, 6, false],
    [{ regex: '6' }, 6n, false],
  ]
  test.each(cases)('%p on %p: %p', (condition, value, expected) => {
    const matcher = { datapoint_attribute: 'a', ...condition }
    expect(matches(matcher, dataPoint({ a: value }))).toBe(expected)
    expect(matches({ ...matcher, negate: true }, dataPoint({ a: value }))).toBe(!expected)
  })
})

describe('an absent field', () => {
  const conditions = [
    { exact: '' },
    { regex: '.*' },
    { starts_with: '' },
    { ends_with: '' },
    { contains: '' },
    { equals: false },
    { gt: -1 },
    { lte: 1e9 },
    { exists: true },
  ]
  test.each(conditions)('%j does not match, and negated it does', condition => {
    const matcher = { datapoint_attribute: 'a', ...condition }
    expect(matches(matcher, dataPoint())).toBe(false)
    expect(matches({ ...matcher, negate: true }, dataPoint())).toBe(true)
  })

  test('exists: false matches, and negated it does not', () => {
    const matcher = { datapoint_attribute: 'a', exists: false }
    expect(matches(matcher, dataPoint())).toBe(true)
    expect(matches({ ...matcher, negate: true }, dataPoint())).toBe(false)
  })

  test.each([{ metric_type: 'gauge' }, { aggregation_temporality: 'delta' }])('%j likewise', matcher => {
    expect(matches(matcher, dataPoint())).toBe(false)
    expect(matches({ ...matcher, negate: true }, dataPoint())).toBe(true)
  })
})

test.each([
  [{ metric_field: 'description' }, 'description'],
  [{ metric_field: 'scope_version' }, 'scope_version'],
  [{ datapoint_attribute: ['a', 'b'] }, 'a/b'],
  [{ resource_attribute: ['a', 'b'] }, 'resource:a/b'],
  [{ scope_attribute: 'a' }, 'scope:a'],
])('%j reads %s', (selector, key) => {
  expect(matches({ ...selector, exact: 'x' }, dataPoint({ [key]: 'x' }))).toBe(true)
})
