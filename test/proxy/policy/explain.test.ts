import { expect, test } from '@jest/globals'
import { describeExplanation, explainPolicies } from '../../../proxy/policy/explain.ts'
import { compilePolicies } from '../../../proxy/policy/policy-set.ts'
import { dataPoint, policy } from './policies.ts'

const named = (id: string, match: unknown, keep = false, others = {}) =>
  policy(match, keep, { id, ...others })

const set = compilePolicies([
  named('keep-http', [{ metric_field: 'name', starts_with: 'http' }], true),
  named('drop-debug', [
    { metric_field: 'name', regex: 'DEBUG', case_insensitive: true },
    { datapoint_attribute: ['env'], exact: 'prod', negate: true },
  ]),
  named('drop-zero', [{ datapoint_attribute: 'value', equals: 0 }]),
  named('off', [{ metric_field: 'name', contains: '' }], false, { enabled: false }),
])

test('a series that is dropped: by which policies, and why', () => {
  const explanation = explainPolicies(set, dataPoint({ name: 'http_debug' }))
  expect(explanation.kept).toBe(false)
  expect(describeExplanation(explanation)).toBe(`policies
  keep-http  keep: matches
      name starts_with "http": matches, found "http_debug"
  drop-debug  drop: matches
      name regex "DEBUG" (in either case): matches, found "http_debug"
      not (datapoint_attribute env exact "prod"): matches, found nothing
  drop-zero  drop: depends on the sample
      datapoint_attribute value equals 0: depends on the sample
  = dropped
`)
})

test('a series whose samples differ', () => {
  const explanation = explainPolicies(set, dataPoint({ name: 'http_requests', env: 'prod' }))
  expect(explanation.kept).toBe('sample')
  expect(describeExplanation(explanation)).toMatch(/= depends on each sample\n$/)
})

test('with all, also what does not match', () => {
  const explanation = explainPolicies(set, dataPoint({ name: 'x', env: 'prod' }))
  expect(describeExplanation(explanation)).not.toContain('drop-debug')
  expect(describeExplanation(explanation, true)).toContain(
    'drop-debug  drop: does not match\n      name regex "DEBUG" (in either case): does not match, found "x"\n',
  )
})

test('a series that no policy matches is kept', () => {
  const only = compilePolicies([named('a', [{ metric_field: 'name', exact: 'a' }])])
  expect(describeExplanation(explainPolicies(only, dataPoint({ name: 'b' })))).toBe(
    'policies\n  none of the policies matches\n  = kept\n',
  )
})
