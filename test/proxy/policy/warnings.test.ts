import { expect, test } from '@jest/globals'
import { policyWarnings } from '../../../proxy/policy/warnings.ts'
import { policy } from './policies.ts'

const LE = { datapoint_attribute: 'le', exact: '+Inf' }
const VALUE = { datapoint_attribute: 'value', equals: 0 }
const warning = (index: number, what: string) =>
  `metric: match[${index}]: looks at ${what}, so it can drop some samples of a histogram or summary and leave others; metric_type: gauge or sum beside it prevents that`

test.each([
  ['a bucket bound', [LE], [warning(0, 'le')]],
  [
    'a quantile',
    [{ metric_type: 'summary' }, { datapoint_attribute: 'quantile', exists: true }],
    [warning(1, 'quantile')],
  ],
  ['the value', [VALUE], [warning(0, 'value')]],
  ['the value of gauges', [VALUE, { metric_type: 'gauge' }], []],
  ['the value of all but gauges', [VALUE, { metric_type: 'gauge', negate: true }], [warning(0, 'value')]],
  ['another label', [{ datapoint_attribute: 'path', exists: true }], []],
])('a policy that drops by %s', (_, match, warnings) => {
  expect(policyWarnings(policy(match))).toEqual(warnings)
})

test('a policy that keeps does no harm', () => {
  expect(policyWarnings(policy([LE], true))).toEqual([])
})
