import { type InvalidGate, refused } from './refused.ts'

const MATCHER = { metricField: 'name', exact: 'a' }
const policyWith = (matcher: unknown) => ({ id: 'a', name: 'A', metric: { match: [matcher], keep: false } })

/** A gate whose only policy has this matcher. */
function refusedMatcher(title: string, matcher: unknown, field: string, says: string): InvalidGate {
  return refused(title, { policies: [policyWith(matcher)] }, `policies[0].metric.match[0]${field}`, says)
}

/** A gate whose only provider is this one. */
function refusedProvider(title: string, provider: unknown, field: string, says: string): InvalidGate {
  return refused(title, { policyProviders: [provider] }, `policyProviders[0]${field}`, says)
}

function refusedHttp(title: string, http: Record<string, unknown>, field: string, says: string): InvalidGate {
  return refusedProvider(title, { http: { url: 'https://p.example', ...http } }, `.http${field}`, says)
}

const secret = (name: string, key: string) => ({
  headers: [{ name: 'a', valueFrom: { secretKeyRef: { name, key } } }],
})

const NO_URL = 'expected an http or https URL without user and password'
const NO_SINGLE_FIELD =
  'a matcher has exactly one of metricField, datapointAttribute, resourceAttribute, scopeAttribute'
const NO_SINGLE_CONDITION = 'a matcher has exactly one of exact, regex, exists'

/** Of `BREAKS_A_RULE` what concerns policies. */
export const POLICIES_BREAK_A_RULE: readonly InvalidGate[] = [
  refusedMatcher('a matcher without a field', { exact: 'a' }, '', NO_SINGLE_FIELD),
  refusedMatcher('a matcher with two fields', { ...MATCHER, datapointAttribute: ['a'] }, '', NO_SINGLE_FIELD),
  refusedMatcher('a matcher without a condition', { metricField: 'name' }, '', NO_SINGLE_CONDITION),
  refusedMatcher('a matcher with two conditions', { ...MATCHER, exists: true }, '', NO_SINGLE_CONDITION),
  refusedMatcher(
    'a condition on the type',
    { metricType: 'gauge', exact: 'gauge' },
    '',
    'none with metricType',
  ),
  refusedMatcher(
    'a number that is two',
    { datapointAttribute: ['value'], gt: { intValue: 1, doubleValue: 1 } },
    '.gt',
    'a number has exactly one of intValue, doubleValue',
  ),
  refusedMatcher(
    'a value that is none',
    { datapointAttribute: ['value'], equals: {} },
    '.equals',
    'a value has exactly one of intValue',
  ),
  refusedProvider('a provider that is none', {}, '', 'a provider is either configMap or http'),
  refusedProvider(
    'a provider that is two',
    { configMap: { name: 'a', key: 'b' }, http: { url: 'https://p.example' } },
    '',
    'a provider is either configMap or http',
  ),
  ...[
    'policies.example',
    'file:///etc/passwd',
    'https://user:password@p.example',
    'https://',
    'http://a b',
  ].map(url => refusedHttp(`the URL ${url}`, { url }, '.url', NO_URL)),
  refusedHttp(
    'an interval without unit',
    { pollInterval: '60' },
    '.pollInterval',
    'a duration is a number and a unit',
  ),
  refusedHttp(
    'a header without a value',
    { headers: [{ name: 'a' }] },
    '.headers[0].value',
    'a header has value or valueFrom',
  ),
  refusedHttp(
    'a header with two values',
    { headers: [{ ...secret('a', 'b').headers[0], value: 'x' }] },
    '.headers[0].value',
    'a header has value or valueFrom',
  ),
]

/** Of `BREAKS_THE_SCHEMA` the same. */
export const POLICIES_BREAK_THE_SCHEMA: readonly InvalidGate[] = [
  refused(
    'a policy without id',
    { policies: [{ name: 'A', metric: { match: [MATCHER], keep: false } }] },
    'policies[0].id',
    'Required value',
  ),
  refused(
    'a policy for logs',
    { policies: [{ id: 'a', name: 'A' }] },
    'policies[0].metric',
    'Required value',
  ),
  refused(
    'a policy that does not say what becomes of samples',
    { policies: [{ id: 'a', name: 'A', metric: { match: [MATCHER] } }] },
    'policies[0].metric.keep',
    'Required value',
  ),
  refused(
    'a policy that matches everything',
    { policies: [{ id: 'a', name: 'A', metric: { match: [], keep: false } }] },
    'policies[0].metric.match',
    'should have at least 1 items',
  ),
  refusedMatcher(
    'an unknown field',
    { metricField: 'nam', exact: 'a' },
    '.metricField',
    'Unsupported value: "nam"',
  ),
  refusedMatcher('an unknown type', { metricType: 'counter' }, '.metricType', 'Unsupported value: "counter"'),
  refusedMatcher(
    'an attribute that is no path',
    { datapointAttribute: 'method', exact: 'GET' },
    '.datapointAttribute',
    'must be of type array',
  ),
  refusedMatcher(
    'bytes that are not Base64',
    { datapointAttribute: ['a'], equals: { bytesValue: '%' } },
    '.equals.bytesValue',
    'should match',
  ),
  refusedMatcher(
    'bytes that are not hexadecimal',
    { datapointAttribute: ['a'], equals: { hexValue: 'abc' } },
    '.equals.hexValue',
    'should match',
  ),
  refusedMatcher(
    'a whole number that JSON does not keep',
    { datapointAttribute: ['value'], gt: { intValue: 2 ** 53 } },
    '.gt.intValue',
    'from -(2^53 - 1) to 2^53 - 1',
  ),
  refusedHttp('an unknown encoding', { encoding: 'gRPC' }, '.encoding', '"JSON", "Protobuf"'),
  refusedHttp(
    'a header with a space in its name',
    { headers: [{ name: 'a b', value: 'x' }] },
    '.headers[0].name',
    'should match',
  ),
  refusedHttp(
    'a header with a line break',
    { headers: [{ name: 'a', value: 'x\ny: z' }] },
    '.headers[0].value',
    'should match',
  ),
  ...['a/b', '..', '..data', '.', ''].map(key =>
    refusedHttp(
      `a Secret's key ${JSON.stringify(key)}, which no pod may name`,
      secret('token', key),
      '.headers[0].valueFrom.secretKeyRef.key',
      'should match',
    ),
  ),
  refusedProvider(
    'a ConfigMap that cannot be',
    { configMap: { name: 'Team/policies', key: 'a' } },
    '.configMap.name',
    'should match',
  ),
]

/** Of `BREAKS_THE_PROXY` the same. */
export const POLICIES_BREAK_THE_PROXY: readonly InvalidGate[] = [
  refused(
    'two policies with one id',
    { policies: [policyWith(MATCHER), policyWith(MATCHER)] },
    'policies[1]',
    'Duplicate value',
  ),
  refusedMatcher(
    'a policy whose regex has a lookahead',
    { metricField: 'name', regex: '(?!go_)' },
    '.regex',
    'invalid or unsupported',
  ),
]
