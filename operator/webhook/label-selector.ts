import type { LabelSelector } from '../api/metricgate.ts'

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]

/**
 * Does the selector match the labels? As `metav1.LabelSelector`: all conditions hold, an empty selector matches
 * everything, and NotIn also matches what does not have the label.
 */
export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const present = new Map(Object.entries(labels ?? {}))
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => present.get(key) === value) &&
    (selector.matchExpressions ?? []).every(expression => holds(expression, present))
  )
}

function holds({ key, operator, values = [] }: Expression, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}
