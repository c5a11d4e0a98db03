import type { Family } from '../exposition/families.ts'
import { formatOpenMetricsFloat, parseFloatText } from '../exposition/float.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { MetricType } from '../exposition/metadata.ts'
import { joinSeries, printLabel } from '../exposition/print.ts'
import type { Label, Series } from '../exposition/series.ts'
import type { SampleValue } from '../exposition/value.ts'
import { NUMBER_CHARACTERS_MAX, NUMBERS_NORMALISED_MAX } from '../limits.ts'
import type { PolicyDecision } from '../policy/policy-set.ts'
import type { SeriesPolicies } from '../policy/series-policies.ts'
import type { OutputProgram } from './output-program.ts'

/** The series that a sample becomes in an output. */
export interface OutputSeries {
  readonly name: string
  /** As printed, labels sorted: equal for series that are one and the same. */
  readonly text: string
}

/** What becomes of a series in one output. `nameless`: dropped, because the rules took away its name. */
export type Decision = { readonly kind: 'drop' | 'nameless' } | KeepDecision

/** A series stays. */
export interface KeepDecision {
  readonly kind: 'keep'
  /** Whether it stays only because the rule engine failed on it. */
  readonly ruleError: boolean
  /** What it becomes; undefined where it leaves as the bytes that came. */
  readonly series: OutputSeries | undefined
}

const DROP: Decision = { kind: 'drop' }
const NAMELESS: Decision = { kind: 'nameless' }
const PASS: Decision = { kind: 'keep', ruleError: false, series: undefined }
const PASS_ON_ERROR: Decision = { kind: 'keep', ruleError: true, series: undefined }

/** The label whose value is a number, for a family of this type. */
export type NumericLabel = 'le' | 'quantile' | 'none'

/** Which label holds numbers that are written in one way only. Source: normalizeFloatsInLabelValues in textparse. */
export function numericLabel(type: MetricType | undefined): NumericLabel {
  if (type === 'histogram') return 'le'
  return type === 'summary' ? 'quantile' : 'none'
}

/** Whether a series is a quantile of a summary, if its metric is one. */
export function hasQuantile({ labels }: Pick<Series, 'labels'>): boolean {
  return labels.some(([name, value]) => name === 'quantile' && value !== '')
}

/** What is decided about a series. */
export interface SeriesDecision {
  /** What the policies say, undefined without any. If it asks each sample, the outputs are for those that stay. */
  readonly policy: PolicyDecision | undefined
  /** What becomes of it in each output. */
  readonly outputs: readonly Decision[]
}

/** Decides about a series: policies come first, on what the application exposes, then the rules of each output. */
export function decideSeries(
  series: Series,
  family: Family,
  policies: SeriesPolicies,
  outputs: readonly OutputProgram[],
): SeriesDecision {
  const policy = policies.isEmpty ? undefined : policies.decide(series, family)
  const rules = policy?.kept === false ? dropped(outputs) : decide(series, numericLabel(family.type), outputs)
  return { policy, outputs: rules }
}

/** What is dropped by policies is dropped in each output. */
export function dropped(outputs: readonly unknown[]): readonly Decision[] {
  return outputs.map(() => DROP)
}

/** The final decision of policies about a sample. */
export function decideSample(
  policy: PolicyDecision,
  { value, timestampText }: SampleValue,
  format: ExpositionFormat,
): PolicyDecision {
  return policy.residual?.(value, timestampMs(timestampText, format)) ?? policy
}

/** OpenMetrics has seconds. */
function timestampMs(text: string, format: ExpositionFormat): number | undefined {
  if (text === '') return undefined
  return format === 'text' ? Number(text) : (parseFloatText(text) ?? Number.NaN) * 1000
}

/** Decides about a series, for each output: runs its rules on the labels. */
export function decide(
  series: Series,
  numeric: NumericLabel,
  outputs: readonly OutputProgram[],
): readonly Decision[] {
  const present: Label[] = []
  for (const label of series.labels) {
    const [name, value] = label
    if (value !== '') present.push(name === numeric ? [name, normalise(value)] : label)
  }
  return outputs.map(output => decideOutput(series.name, present, output))
}

/**
 * Equal for series that are equal as exposed, whatever the order and the escapes of their labels: the exposition then
 * repeats a series. Empty labels and the spelling of numbers tell series apart.
 */
export function identityOf({ name, labels }: Series): string {
  return joinSeries(name, labels.map(printLabel).sort())
}

function decideOutput(name: string, present: readonly Label[], output: OutputProgram): Decision {
  const { kind, apply, printer } = output
  if (kind === 'passthrough') return PASS
  const labels = toMap(name, present)
  const verdict = tryApply(apply, labels)
  if (verdict === false) return DROP
  const ruleError = verdict === 'error'
  if (kind === 'stream') return ruleError ? PASS_ON_ERROR : PASS
  const left = ruleError ? toMap(name, present) : labels
  const outputName = left.get('__name__')
  if (outputName === undefined) return NAMELESS
  left.delete('__name__')
  return { kind: 'keep', ruleError, series: { name: outputName, text: printer.print(outputName, left) } }
}

function toMap(name: string, labels: readonly Label[]): Map<string, string> {
  const map = new Map([['__name__', name]])
  for (const [label, value] of labels) map.set(label, value)
  return map
}

/** Fail-open: a fault of the rule engine lets the series through. It is counted for each sample. */
function tryApply(apply: OutputProgram['apply'], labels: Map<string, string>): boolean | 'error' {
  try {
    return apply(labels)
  } catch {
    return 'error'
  }
}

const normalised = new Map<string, string>()

/**
 * A number in the one way of OpenMetrics. Other ways in which Go writes floats (hexadecimal, underscores) do not occur in
 * labels and stay as they are.
 */
function normalise(value: string): string {
  const known = normalised.get(value)
  if (known !== undefined) return known
  const number = parseFloatText(value)
  const text = number === undefined ? value : formatOpenMetricsFloat(number)
  if (normalised.size < NUMBERS_NORMALISED_MAX && value.length <= NUMBER_CHARACTERS_MAX)
    normalised.set(value, text)
  return text
}
