import { describe, expect, test } from '@jest/globals'
import { readPolicy } from '../../../../proxy/policy/schema/policy.ts'
import { errorsOf, policy, written } from '../policies.ts'

describe('spellings', () => {
  const NAME = { kind: 'metric_field', field: 'name' }
  const selectors: [written: object, read: object][] = [
    [{ metric_field: 'name' }, NAME],
    [{ metricField: 'name' }, NAME],
    [{ metricField: 'METRIC_FIELD_NAME' }, NAME],
    [{ metricField: 1 }, NAME],
    [{ metric_field: 10 }, { kind: 'metric_field', field: 'resource_schema_url' }],
    [{ metric_field: 13 }, { kind: 'metric_field', field: 'scope_version' }],
    [{ datapoint_attribute: 'a' }, { kind: 'datapoint_attribute', path: ['a'] }],
    [{ datapointAttribute: ['a', 'b'] }, { kind: 'datapoint_attribute', path: ['a', 'b'] }],
    [{ resourceAttribute: { path: ['a', 'b'] } }, { kind: 'resource_attribute', path: ['a', 'b'] }],
    [{ scope_attribute: { path: 'a' } }, { kind: 'scope_attribute', path: ['a'] }],
  ]
  test.each(selectors)('%j is one way to say which field', (field, selector) => {
    expect(policy([{ ...field, exact: 'x' }]).matchers[0]?.selector).toEqual(selector)
  })

  const words: [written: object, word: string][] = [
    [{ metric_type: 'gauge' }, 'gauge'],
    [{ metricType: 'METRIC_TYPE_SUM' }, 'sum'],
    [{ metric_type: 'exponential_histogram' }, 'exponential_histogram'],
    [{ metricType: 5 }, 'summary'],
    [{ metricType: 5n }, 'summary'],
    [{ metric_type: 'gauge', exists: true }, 'gauge'],
    [{ aggregation_temporality: 'delta' }, 'delta'],
    [{ aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE' }, 'cumulative'],
    [{ aggregationTemporality: 2 }, 'cumulative'],
  ]
  test.each(words)('%p is compared with its short name', (matcher, text) => {
    expect(policy([matcher]).matchers[0]?.condition).toEqual({ kind: 'exact', text })
  })

  const conditions: [written: object, read: object][] = [
    [{ startsWith: 'x' }, { kind: 'starts_with', text: 'x' }],
    [{ ends_with: 'x' }, { kind: 'ends_with', text: 'x' }],
    [{ contains: '' }, { kind: 'contains', text: '' }],
    [{ exists: false }, { kind: 'exists', expected: false }],
    [{ equals: true }, { kind: 'equals', value: true }],
    [{ equals: 200 }, { kind: 'equals', value: 200 }],
    [{ equals: { boolValue: false } }, { kind: 'equals', value: false }],
    [{ equals: { int_value: '9007199254740993' } }, { kind: 'equals', value: 9007199254740993n }],
    [{ equals: { doubleValue: '-Infinity' } }, { kind: 'equals', value: -Infinity }],
    [{ equals: { bytesValue: 'q80=' } }, { kind: 'equals', value: new Uint8Array([0xab, 0xcd]) }],
    [{ equals: { hexValue: 'abCD' } }, { kind: 'equals', value: new Uint8Array([0xab, 0xcd]) }],
    [{ gt: 0.5 }, { kind: 'gt', value: 0.5 }],
    [{ gte: { intValue: -5 } }, { kind: 'gte', value: -5n }],
    [{ lt: { doubleValue: 1e300 } }, { kind: 'lt', value: 1e300 }],
    [{ lte: 9007199254740993n }, { kind: 'lte', value: 9007199254740993n }],
  ]
  test.each(conditions)('%p is one way to say what is asked', (condition, read) => {
    expect(policy([{ datapoint_attribute: 'a', ...condition }]).matchers[0]?.condition).toEqual(read)
  })

  test('null is as good as nothing, as in the JSON of protobuf', () => {
    const matcher = { metricField: 'name', exact: 'x', regex: null, negate: null, caseInsensitive: null }
    expect(policy([matcher], true, { log: null }).matchers[0]).toMatchObject({
      negate: false,
      caseInsensitive: false,
    })
  })

  test('what a policy server adds is accepted', () => {
    const others = {
      description: '',
      createdAtUnixNano: '0',
      labels: [],
      extensions: [{ type: 'x' }],
      future: 1,
    }
    expect(errorsOf(written([{ metric_type: 1 }], true, others))).toEqual([])
  })
})

test('a policy is enabled unless it says otherwise', () => {
  expect(policy([{ metric_type: 1 }]).enabled).toBe(true)
  expect(policy([{ metric_type: 1 }], false, { enabled: false }).enabled).toBe(false)
})

test.each(['log', 'trace'])('a policy for a %s is accepted and ignored, whatever is in it', target => {
  const input = { id: 'p', name: 'n', [target]: { match: 7 } }
  expect(readPolicy(input)).toEqual({ kind: 'ignored', id: 'p', name: 'n', target })
})

describe('what is wrong is said in the words of the specification, at its place', () => {
  const ofMatcher: [matcher: unknown, error: string][] = [
    [{ metric_field: 'name', regex: '([bad' }, 'invalid regex "([bad"'],
    [{ metric_field: 'name', regex: '(?<=a)b' }, 'invalid regex "(?<=a)b"'],
    [{ metric_field: 'name', regex: '(a)\\1' }, 'invalid regex "(a)\\1"'],
    [{ metric_field: 'name', regex: '(a{2000})' }, 'invalid regex "(a{2000})"'],
    [{ metric_field: 'name', regex: '[0-9a-f]{5}[g-z]{900}' }, 'regex is too large: "[0-9a-f]{5}[g-z]{900}"'],
    [{ contains: 'x' }, 'matcher has no field specified'],
    [{ metric_field: 'name' }, 'matcher has no match condition'],
    [{ metric_field: 0, exact: 'x' }, 'field is unspecified'],
    [{ metric_field: 'METRIC_FIELD_UNSPECIFIED', exact: 'x' }, 'field is unspecified'],
    [
      { metric_field: 'nam', exact: 'x' },
      'unknown metric_field "nam"; expected one of name, description, unit, resource_schema_url, scope_schema_url, scope_name, scope_version',
    ],
    [{ metric_type: 0 }, 'metricType is unspecified'],
    [
      { metric_type: 'counter' },
      'unknown metric_type "counter"; expected one of gauge, sum, histogram, exponential_histogram, summary',
    ],
    [{ aggregation_temporality: 0 }, 'aggregationTemporality is unspecified'],
    [{ datapoint_attribute: {}, exists: true }, 'attribute has empty path'],
    [{ resource_attribute: [], exists: true }, 'attribute has empty path'],
    [{ scope_attribute: '', exists: true }, 'attribute has empty path'],
    [{ scope_attribute: [1], exists: true }, 'expected the key of an attribute, or a list of keys, got [1]'],
    [{ datapoint_attribute: 'a', equals: {} }, 'equals value oneof is unset'],
    [{ datapoint_attribute: 'a', gte: {} }, 'numeric value oneof is unset'],
    [{ datapoint_attribute: 'a', equals: { hexValue: 'abc' } }, 'invalid hex_value "abc"'],
    [{ datapoint_attribute: 'a', equals: { bytesValue: '*' } }, 'expected bytes_value to be base64, got "*"'],
    [
      { datapoint_attribute: 'a', equals: { intValue: '9223372036854775808' } },
      'expected int_value to be a 64-bit integer, got "9223372036854775808"',
    ],
    [
      { datapoint_attribute: 'a', equals: 'x' },
      'expected equals to be true, false, a number or a typed value (text is matched by exact), got "x"',
    ],
    [{ datapoint_attribute: 'a', gt: true }, 'expected a number, got true'],
    [
      { datapoint_attribute: 'a', gt: { boolValue: true } },
      'numeric has no "bool_value"; expected int_value, double_value',
    ],
    [{ datapoint_attribute: 'a', exists: 'yes' }, 'expected exists to be true or false, got "yes"'],
    [{ metric_field: 'name', exact: 5n }, 'expected exact to be text, got 5'],
    [
      { metric_field: 'name', scope_attribute: 'a', exact: 'x' },
      'more than one field is set: metric_field, scope_attribute',
    ],
    [{ metric_field: 'name', exact: 'x', regex: 'y' }, 'more than one match condition is set: exact, regex'],
    [
      { metric_type: 'gauge', exact: 'x' },
      'metric_type is compared by itself: it takes no match condition but exists: true',
    ],
    [
      { metric_type: 'gauge', exists: false },
      'metric_type is compared by itself: it takes no match condition but exists: true',
    ],
    [{ metric_field: 'name', exact: 'x', negat: true }, 'unknown key "negat"; did you mean negate?'],
    [{ metric_field: 'name', metricField: 'unit', exact: 'x' }, 'metric_field is set twice'],
    [7, 'expected a field and a match condition, got 7'],
  ]
  test.each(ofMatcher)('%p', (matcher, error) => {
    expect(errorsOf(written([{ metric_type: 'gauge' }, matcher]))).toEqual([`metric: match[1]: ${error}`])
  })

  const ofPolicy: [policy: unknown, errors: string[]][] = [
    [written([]), ['metric: no matchers specified']],
    [{ id: 'p', name: 'n', metric: { keep: true } }, ['metric: no matchers specified']],
    [written([{ metric_type: 1 }], null), ['metric: keep: required: true or false']],
    [written([{ metric_type: 1 }], 'none'), ['metric: keep: expected true or false, got "none"']],
    [written({}), ['metric: match: expected a list of matchers, got {}']],
    [{ name: 'n', metric: { match: [{ metric_type: 1 }], keep: true } }, ['id: required']],
    [{ id: 'p', metric: { match: [{ metric_type: 1 }], keep: true } }, ['name: required']],
    [{ id: 'p', name: 'n' }, ['no target specified']],
    [written([{ metric_type: 1 }], true, { log: {} }), ['more than one target: log, metric']],
    [written([{ metric_type: 1 }], true, { enabled: 'no' }), ['enabled: expected true or false, got "no"']],
    [written([{ metric_type: 1 }], true, { enabld: false }), ['unknown key "enabld"; did you mean enabled?']],
    ['p', ['expected a policy with id, name and metric, got "p"']],
  ]
  test.each(ofPolicy)('%j', (input, errors) => {
    expect(errorsOf(input)).toEqual(errors)
  })

  test('all at once', () => {
    const matchers = [
      { metric_field: 'name', regex: '[' },
      { metric_field: 'name' },
      { datapoint_attribute: {} },
    ]
    expect(errorsOf({ id: 'p', metric: { match: matchers } })).toEqual([
      'name: required',
      'metric: match[0]: invalid regex "["',
      'metric: match[1]: matcher has no match condition',
      'metric: match[2]: attribute has empty path',
      'metric: match[2]: matcher has no match condition',
      'metric: keep: required: true or false',
    ])
  })

  test('in a readable length', () => {
    const [error = ''] = errorsOf(written([{ metric_field: 'x'.repeat(10_000), exact: 'x' }]))
    expect(error.length).toBeLessThan(300)
  })
})
