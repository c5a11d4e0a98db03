import { sampleFieldOf } from './match/sample.ts'
import type { Matcher, MetricPolicy } from './policy.ts'

/** Labels that tell the parts of one distribution apart. */
const PART_LABELS: readonly string[] = ['le', 'quantile']

/** Types of which each sample stands for itself. */
const WHOLE_TYPES: readonly string[] = ['gauge', 'sum']

function partLabelOf({ selector }: Matcher): string | undefined {
  if (selector.kind !== 'datapoint_attribute') return undefined
  return PART_LABELS.find(label => label === selector.path.join('.'))
}

function isOfWholeType({ selector, condition, negate }: Matcher): boolean {
  return (
    selector.kind === 'metric_type' && 'text' in condition && WHOLE_TYPES.includes(condition.text) && !negate
  )
}

/** What a policy will do that surprises its author: drop a part of a histogram or summary, and leave the rest. */
export function policyWarnings({ matchers, keep }: MetricPolicy): readonly string[] {
  if (keep || matchers.some(isOfWholeType)) return []
  return matchers.flatMap((matcher, index) => {
    const what = partLabelOf(matcher) ?? sampleFieldOf(matcher)
    return what === undefined
      ? []
      : [
          `metric: match[${index}]: looks at ${what}, so it can drop some samples of a histogram or summary and leave others; metric_type: gauge or sum beside it prevents that`,
        ]
  })
}
