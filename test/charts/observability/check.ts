import { PROBLEM_CONDITIONS } from '../../../operator/telemetry/gate-problems.ts'
import type { PromqlExpression, PromqlMatcher } from '../../cluster/promql.ts'
import { type MetricFacts, TARGET_LABELS } from './facts.ts'

/** Values that labels can have, besides those that were seen. */
const POSSIBLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['metricgate_operator_gate_problem condition', PROBLEM_CONDITIONS],
  ['metricgate_operator_build_info namespace', ['metricgate-system']],
  ['up endpoint', ['metricgate']],
  ['scrape_samples_scraped endpoint', ['metricgate']],
])

/** What of an expression is not there: metrics, labels, and values of labels; each a sentence's end. */
export function inventions(expression: PromqlExpression, facts: ReadonlyMap<string, MetricFacts>): string[] {
  const { selectors, labels, error } = expression
  if (error !== undefined) return [`does not parse: ${error}`]
  const metrics = selectors.map(({ metric }) => findMetric(metric, facts))
  const all = new Set(metrics.flatMap(metric => [...(metric?.labels ?? [])]))
  return [
    ...selectors.flatMap(({ metric, matchers }, index) => {
      const found = metrics[index]
      if (found === undefined) return [`asks for ${metric || 'no metric at all'}, which does not exist`]
      return matchers.flatMap(matcher => wrongMatcher(matcher, found))
    }),
    ...labels
      .filter(label => !all.has(label) && !TARGET_LABELS.includes(label))
      .map(label => `groups or matches by ${label}, which none of its metrics has`),
  ]
}

/** Labels that what an expression selects can have. */
export function possibleLabels(
  { selectors }: PromqlExpression,
  facts: ReadonlyMap<string, MetricFacts>,
): Set<string> {
  const own = selectors.flatMap(({ metric }) => [...(findMetric(metric, facts)?.labels ?? [])])
  return new Set([...own, ...TARGET_LABELS])
}

function findMetric(name: string, facts: ReadonlyMap<string, MetricFacts>): MetricFacts | undefined {
  const exact = facts.get(name)
  if (exact !== undefined) return exact.type === 'histogram' ? undefined : exact
  const histogram = facts.get(name.replace(/_(bucket|sum|count)$/, ''))
  return histogram?.type === 'histogram' ? histogram : undefined
}

function wrongMatcher({ label, operator, value }: PromqlMatcher, metric: MetricFacts): string[] {
  const isVariable = value.startsWith('$')
  const known = [...(metric.values.get(label) ?? []), ...(POSSIBLE.get(`${metric.name} ${label}`) ?? [])]
  if (TARGET_LABELS.includes(label) && (isVariable || known.includes(value))) return []
  if (!metric.labels.has(label)) return [`asks ${metric.name} for the label ${label}, which it does not have`]
  if (isVariable) return []
  const isRegex = operator.endsWith('~')
  // Each alternative of plain words has to be one that there is; of other expressions at least something.
  const wanted = isRegex ? value.split('|').filter(word => /^[\w/]+$/.test(word)) : [value]
  const missing = wanted.filter(word => !known.includes(word) && !/^\d+$/.test(word))
  return missing.map(word => `asks ${metric.name} for ${label}="${word}", which it never has`)
}
