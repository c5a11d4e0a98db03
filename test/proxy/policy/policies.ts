import type { FieldValue, MetricFields } from '../../../proxy/policy/fields.ts'
import type { MetricPolicy } from '../../../proxy/policy/policy.ts'
import { compilePolicies, PolicySet } from '../../../proxy/policy/policy-set.ts'
import { readPolicy } from '../../../proxy/policy/schema/policy.ts'

/** A metric policy as one writes it. */
export function written(match: unknown, keep: unknown = false, others: Record<string, unknown> = {}) {
  return { id: 'p', name: 'a policy', metric: { match, keep }, ...others }
}

/** A policy that is known to be valid. */
export function policy(match: unknown, keep = false, others: Record<string, unknown> = {}): MetricPolicy {
  const reading = readPolicy(written(match, keep, others))
  if (reading.kind !== 'metric') throw new Error(JSON.stringify(reading))
  return reading.policy
}

/** What is wrong with a policy, [] if nothing is. */
export function errorsOf(input: unknown): readonly string[] {
  const reading = readPolicy(input)
  return reading.kind === 'invalid' ? reading.errors : []
}

/** A data point with the given fields and attributes; nested attributes are found by the joined path. */
export function dataPoint(values: Readonly<Record<string, FieldValue>> = {}): MetricFields {
  return {
    field: name => values[name],
    datapointAttribute: path => values[path.join('/')],
    resourceAttribute: path => values[`resource:${path.join('/')}`],
    scopeAttribute: path => values[`scope:${path.join('/')}`],
    metricType: undefined,
    aggregationTemporality: undefined,
  }
}

/** Whether one matcher matches a data point. */
export function matches(matcher: unknown, fields: MetricFields): boolean {
  return !compilePolicies([policy([matcher])]).decide(fields).kept
}

/** Policies with counters that can be looked at. */
export function countedSet(policies: readonly MetricPolicy[]) {
  const counters = policies.map(() => ({ hits: 0, misses: 0 }))
  return { set: new PolicySet(policies, counters), counters }
}
