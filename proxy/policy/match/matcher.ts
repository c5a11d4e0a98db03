import type { FieldValue } from '../fields.ts'
import type { Matcher, Selector } from '../policy.ts'
import { compileCondition } from './condition.ts'
import { readSample, type Sample, sampleFieldOf } from './sample.ts'

/** A matcher that asks each sample. */
export type SampleTest = (sample: Sample) => boolean

/** A matcher, ready to run. */
export interface CompiledMatcher {
  /** What it looks at. */
  readonly selector: Selector
  /** Whether it matches the value that is there or, where that is a matter of the sample, what to ask of each. */
  readonly match: (value: FieldValue) => boolean | SampleTest
}

/** Compiles a matcher that was read: its pattern is known to be valid. */
export function compileMatcher(matcher: Matcher): CompiledMatcher {
  return { selector: matcher.selector, match: compileMatch(matcher) }
}

function compileMatch(matcher: Matcher): CompiledMatcher['match'] {
  const { condition, negate, caseInsensitive } = matcher
  const test = compileCondition(condition, caseInsensitive)
  const sampleField = sampleFieldOf(matcher)
  if (sampleField === undefined) return value => test(value) !== negate
  const ofSample: SampleTest = sample => test(readSample(sample, sampleField)) !== negate
  if (condition.kind !== 'exists') return () => ofSample
  // A label of that name exists as well, and a value always does.
  const present = condition.expected !== negate
  return value => (value === undefined && sampleField !== 'value' ? ofSample : present)
}
