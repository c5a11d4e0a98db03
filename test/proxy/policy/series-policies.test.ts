import { expect, test } from '@jest/globals'
import type { Family } from '../../../proxy/exposition/families.ts'
import { SeriesPolicies } from '../../../proxy/policy/series-policies.ts'
import { countedSet, policy } from './policies.ts'

const family = (type: Family['type']): Family => ({ name: 'a', type, metadata: [] })
const on = (match: unknown, resource: [string, string][] = []) => {
  const { set, counters } = countedSet([policy(match)])
  return { policies: new SeriesPolicies(set, new Map(resource)), counters }
}

test('a series is decided about by its labels, its family and what exposes it', () => {
  const { policies } = on(
    [
      { datapoint_attribute: 'path', exact: '/' },
      { metric_type: 'sum' },
      { resource_attribute: 'k8s.namespace.name', exact: 'test' },
    ],
    [['k8s.namespace.name', 'test']],
  )
  const series = { name: 'a_total', labels: [['path', '/']] as const }
  expect(policies.decide(series, family('counter')).kept).toBe(false)
  expect(policies.decide(series, family('gauge')).kept).toBe(true)
  expect(policies.decide({ ...series, labels: [] }, family('counter')).kept).toBe(true)
})

test('what is counted is counted by the set', () => {
  const { policies, counters } = on([{ metric_field: 'name', exact: 'a' }])
  policies.count(policies.decide({ name: 'a', labels: [] }, family(undefined)), 3)
  expect(counters).toEqual([{ hits: 3, misses: 0 }])
})

test.each([
  [{ metric_type: 'gauge' }, true, false],
  [{ aggregation_temporality: 'delta' }, true, false],
  [{ metric_field: 'name', exact: 'x' }, true, false],
  [{ resource_attribute: 'a', exact: 'x' }, true, false],
  [{ metric_field: 'description', exact: 'x' }, false, true],
  [{ metric_field: 'unit', exact: 'x' }, false, true],
  [{ metric_field: 'scope_name', exact: 'x' }, false, false],
  [{ scope_attribute: 'a', exact: 'x' }, false, false],
  [{ datapoint_attribute: 'a', exact: 'x' }, false, false],
])('%j reads only names: %p; texts: %p', (matcher, onlyNames, texts) => {
  const { policies } = on([matcher])
  expect(policies.readsOnlyNames).toBe(onlyNames)
  const help = (text: string): Family => ({
    ...family('gauge'),
    metadata: [{ kind: 'metadata', keyword: 'HELP', family: 'a', text, line: `# HELP a ${text}` }],
  })
  expect(policies.textKey(help('one')) !== policies.textKey(help('two'))).toBe(texts)
})
