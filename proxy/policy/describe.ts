import type { Condition, Matcher, Selector } from './policy.ts'

function describeSelector(selector: Selector): string {
  if (selector.kind === 'metric_field') return selector.field
  return 'path' in selector ? `${selector.kind} ${selector.path.join('.')}` : selector.kind
}

function describeCondition(condition: Condition): string {
  if (condition.kind === 'exists') return condition.expected ? 'exists' : 'does not exist'
  if ('text' in condition) return `${condition.kind} ${JSON.stringify(condition.text)}`
  const { value } = condition
  return `${condition.kind} ${value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : value}`
}

/** A matcher in a few words: `name regex "^debug_"`. */
export function describeMatcher({ selector, condition, negate, caseInsensitive }: Matcher): string {
  const text = `${describeSelector(selector)} ${describeCondition(condition)}`
  const flags = caseInsensitive ? ' (in either case)' : ''
  return `${negate ? `not (${text})` : text}${flags}`
}
