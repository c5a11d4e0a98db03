import type { Matcher } from '../policy.ts'

/** What changes from one sample of a series to the next. */
export interface Sample {
  readonly value: number
  /** Milliseconds since 1970; undefined where the exposition gives none. */
  readonly timestampMs: number | undefined
}

/** A part of the sample that a matcher reads. */
export type SampleField = 'value' | 'timestamp'

const SAMPLE_FIELDS: readonly string[] = ['value', 'timestamp'] satisfies SampleField[]

/** Conditions that ask for a number, or whether there is anything. On text, a label of that name is meant. */
const NUMERIC: ReadonlySet<string> = new Set(['exists', 'equals', 'gt', 'gte', 'lt', 'lte'])

/**
 * The part of the sample that a matcher reads: Tero Edge lets the data point attributes `value` and `timestamp` stand
 * for the number and its time. Undefined for a matcher that is decided by the series alone.
 */
export function sampleFieldOf({ selector, condition }: Matcher): SampleField | undefined {
  if (selector.kind !== 'datapoint_attribute' || selector.path.length !== 1) return undefined
  const [key = ''] = selector.path
  return SAMPLE_FIELDS.includes(key) && NUMERIC.has(condition.kind) ? (key as SampleField) : undefined
}

/** The part of a sample. */
export function readSample(sample: Sample, field: SampleField): number | undefined {
  return field === 'value' ? sample.value : sample.timestampMs
}
