import { formatOpenMetricsFloat, parseFloatText } from '../exposition/float.ts'
import type { MetricType } from '../exposition/metadata.ts'
import { joinSeries, printLabel } from '../exposition/print.ts'
import type { Label, Series } from '../exposition/series.ts'
import type { OutputProgram } from './program.ts'

/** The series that a sample becomes in an output. */
export interface OutputSeries {
  readonly name: string
  /** As printed, labels in the order in which the application has them; those that rules add come last. */
  readonly text: string
  /** The same with its labels sorted: equal for series that are one and the same. */
  readonly key: string
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

/** The decisions about a series, for each output: the main one, then the subsets. */
export interface SeriesDecision {
  /**
   * Equal for series that are equal before any rule, whatever the order and spelling of their labels: the exposition
   * then repeats a series. A label with an empty value tells series apart here. Undefined where no output can merge.
   */
  readonly identity: string | undefined
  readonly outputs: readonly Decision[]
}

/** The label whose value is a number, for a family of this type. */
export type NumericLabel = 'le' | 'quantile' | 'none'

/** What is known about a series from its bytes: its metric, and the decisions by which label is a number. */
export interface RememberedSeries {
  readonly name: string
  readonly decisions: Map<NumericLabel, SeriesDecision>
}

/** Which label holds numbers that are written in one way only. Source: normalizeFloatsInLabelValues in textparse. */
export function numericLabel(type: MetricType | undefined): NumericLabel {
  if (type === 'histogram') return 'le'
  return type === 'summary' ? 'quantile' : 'none'
}

/** Decides about a series: runs the rules of each output on its labels. */
export function decide(
  series: Series,
  numeric: NumericLabel,
  outputs: readonly OutputProgram[],
): SeriesDecision {
  const labels = series.labels.map(
    ([name, value]): Label => [name, name === numeric ? normalise(value) : value],
  )
  const present = labels.filter(([, value]) => value !== '')
  const canMerge = outputs.some(({ kind }) => kind === 'accumulate')
  return {
    identity: canMerge ? joinSeries(series.name, labels.map(printLabel).sort()) : undefined,
    outputs: outputs.map(output => decideOutput(series.name, present, output)),
  }
}

function decideOutput(name: string, present: readonly Label[], { kind, apply }: OutputProgram): Decision {
  if (kind === 'passthrough') return PASS
  const labels = new Map<string, string>([['__name__', name], ...present])
  const verdict = tryApply(apply, labels)
  if (verdict === false) return DROP
  const ruleError = verdict === 'error'
  if (kind === 'stream') return ruleError ? PASS_ON_ERROR : PASS
  const outputName = ruleError ? name : labels.get('__name__')
  if (outputName === undefined) return NAMELESS
  labels.delete('__name__')
  return { kind: 'keep', ruleError, series: outputSeries(outputName, ruleError ? present : [...labels]) }
}

/** Fail-open: a fault of the rule engine lets the series through. It is counted for each sample. */
function tryApply(apply: OutputProgram['apply'], labels: Map<string, string>): boolean | 'error' {
  try {
    return apply(labels)
  } catch {
    return 'error'
  }
}

function outputSeries(name: string, labels: readonly Label[]): OutputSeries {
  const printed = labels.map(printLabel)
  return { name, text: joinSeries(name, printed), key: joinSeries(name, printed.sort()) }
}

/** Other ways in which Go writes floats (hexadecimal, underscores) do not occur in labels and stay as they are. */
function normalise(value: string): string {
  const number = parseFloatText(value)
  return number === undefined ? value : formatOpenMetricsFloat(number)
}
