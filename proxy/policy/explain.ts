import { describeMatcher } from './describe.ts'
import { type FieldValue, type MetricFields, readField } from './fields.ts'
import { compileMatcher } from './match/matcher.ts'
import { sampleFieldOf } from './match/sample.ts'
import type { MetricPolicy } from './policy.ts'
import type { PolicySet } from './policy-set.ts'

/** What a matcher makes of a series. `sample`: that depends on the number or the time of each sample. */
export interface ExplainedMatcher {
  /** In a few words. */
  readonly matcher: string
  /** What it looks at has this value; undefined if there is none, or it is the sample's. */
  readonly found: FieldValue
  readonly outcome: boolean | 'sample'
}

/** What a policy makes of a series. */
export interface ExplainedPolicy {
  readonly id: string
  readonly keep: boolean
  readonly outcome: boolean | 'sample'
  readonly matchers: readonly ExplainedMatcher[]
}

/** Why a set of policies keeps a series or drops it. */
export interface PolicyExplanation {
  /** `sample`: that depends on each sample. */
  readonly kept: boolean | 'sample'
  /** In the order of the set. Those that do not match are there as well. */
  readonly policies: readonly ExplainedPolicy[]
}

function explainPolicy(policy: MetricPolicy, fields: MetricFields): ExplainedPolicy {
  const matchers = policy.matchers.map((matcher): ExplainedMatcher => {
    const value = readField(fields, matcher.selector)
    const outcome = compileMatcher(matcher).match(value)
    const isOfSample = typeof outcome === 'function' || sampleFieldOf(matcher) !== undefined
    return {
      matcher: describeMatcher(matcher),
      found: isOfSample ? undefined : value,
      outcome: typeof outcome === 'function' ? 'sample' : outcome,
    }
  })
  const outcomes = matchers.map(({ outcome }) => outcome)
  const whole = outcomes.includes(false) ? false : outcomes.includes('sample') ? 'sample' : true
  return { id: policy.id, keep: policy.keep, outcome: whole, matchers }
}

/** Shows which policies match a series, and which of their matchers do. Policies that are not enabled are left out. */
export function explainPolicies(set: PolicySet, fields: MetricFields): PolicyExplanation {
  const policies = set.policies.filter(({ enabled }) => enabled).map(policy => explainPolicy(policy, fields))
  const droppers = policies.filter(({ keep }) => !keep)
  const isDropped = droppers.some(({ outcome }) => outcome === true)
  const isOpen = droppers.some(({ outcome }) => outcome === 'sample')
  return { kept: isDropped ? false : isOpen ? 'sample' : true, policies }
}

const OUTCOMES = { true: 'matches', false: 'does not match', sample: 'depends on the sample' } as const

function describeFound({ found, outcome }: ExplainedMatcher): string {
  if (outcome === 'sample') return ''
  return found === undefined ? ', found nothing' : `, found ${JSON.stringify(String(found))}`
}

/** An explanation as text: of each policy that matches, or may, and why; with `all`, of the others as well. */
export function describeExplanation(explanation: PolicyExplanation, all = false): string {
  const shown = explanation.policies.filter(({ outcome }) => all || outcome !== false)
  const lines = shown.flatMap(({ id, keep, outcome, matchers }) => [
    `  ${id}  ${keep ? 'keep' : 'drop'}: ${OUTCOMES[`${outcome}`]}\n`,
    ...matchers.map(
      matcher => `      ${matcher.matcher}: ${OUTCOMES[`${matcher.outcome}`]}${describeFound(matcher)}\n`,
    ),
  ])
  const { kept } = explanation
  const result = kept === 'sample' ? 'depends on each sample' : kept ? 'kept' : 'dropped'
  const none = shown.length === 0 ? '  none of the policies matches\n' : ''
  return `policies\n${lines.join('')}${none}  = ${result}\n`
}
