import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { MetricPolicy } from '../../../proxy/policy/policy.ts'
import { PolicySet } from '../../../proxy/policy/policy-set.ts'
import { readPolicies } from '../../../proxy/policy/schema/document.ts'
import { filterOtlp, type MetricsData } from './otlp.ts'

const DIRECTORY = new URL('../../vectors/policy/', import.meta.url)

/** What the conformance suite says about a policy; what it does not mention is zero. */
interface ExpectedStats {
  readonly policies: readonly { policy_id: string; hits?: number; misses?: number; errors?: string[] }[]
}

function readJson<Content>(name: string, file: string): Content {
  return JSON.parse(readFileSync(new URL(`${name}/${file}`, DIRECTORY), 'utf8'))
}

function policiesOf(name: string): readonly MetricPolicy[] {
  return readPolicies(name, readJson(name, 'policies.json')).map(reading => {
    if (reading.kind !== 'metric') throw new Error(`${name}: ${JSON.stringify(reading)}`)
    return reading.policy
  })
}

const DEFAULTS: readonly unknown[] = ['', 0, '0', false, null]

/** Protobuf's JSON may leave out what is at its default, and write 64-bit integers as text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? String(value) : value
  const entries = Object.entries(value)
    .filter(([, entry]) => !DEFAULTS.includes(entry))
    .map(([key, entry]) => [key, canonical(entry)] as const)
    .filter(([, entry]) => !isEmpty(entry))
  return Object.fromEntries(entries)
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const names = readdirSync(DIRECTORY)

test('the suite has 22 cases for metrics', () => {
  expect(names).toHaveLength(22)
})

test.each(names)('%s: what remains, and the statistics', name => {
  const policies = policiesOf(name)
  const counters = policies.map(() => ({ hits: 0, misses: 0 }))

  const left = filterOtlp(readJson(name, 'input.json'), new PolicySet(policies, counters))

  const { resourceMetrics = [] } = readJson<MetricsData>(name, 'expected.json')
  expect(canonical(left)).toEqual(canonical(resourceMetrics))
  const { policies: stats } = readJson<ExpectedStats>(name, 'expected_stats.json')
  const expected = policies.map(({ id }) => {
    const { hits = 0, misses = 0 } = stats.find(({ policy_id }) => policy_id === id) ?? {}
    return { hits, misses }
  })
  expect(counters).toEqual(expected)
})
