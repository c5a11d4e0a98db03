import type { LabelSelector } from '../api/metricgate.ts'

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]
type Labels = Readonly<Record<string, string>>

/**
 * Does the selector match the labels? As `metav1.LabelSelector`: all conditions hold, an empty selector matches
 * everything, and NotIn also matches what does not have the label.
 */
export function matchesLabels(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels | undefined = {},
): boolean {
  // Called for each pair of a monitor and a Service: nothing is made here. No value of matchLabels is what an object inherits.
  for (const key in matchLabels) if (labels[key] !== matchLabels[key]) return false
  return matchExpressions.every(expression => holds(expression, labels))
}

function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
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
