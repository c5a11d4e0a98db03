import { printSeries } from '../exposition/print.ts'
import { parseSeries } from '../exposition/series.ts'
import { compileRelabeling } from '../relabel/compile.ts'
import type { RelabelConfig } from '../relabel/config.ts'

/** What one rule did to a series. */
export interface Step {
  readonly rule: RelabelConfig
  readonly effect: 'kept' | 'dropped' | 'changed'
  /** The series after the rule. */
  readonly series: string
}

/** What the rules of an output do to a series, rule by rule; no more of them run once it is dropped. */
export interface Explanation {
  readonly steps: readonly Step[]
  /** The series that comes out; undefined if it is dropped. */
  readonly result: string | undefined
}

type Labels = ReadonlyMap<string, string>

/**
 * Reads a series as it stands in an exposition: `name{label="value"}`.
 *
 * @throws {Error} with what is wrong with it
 */
export function readSeries(text: string): Map<string, string> {
  const bytes = Buffer.from(text.trim()).toString('latin1')
  const series = parseSeries(bytes, 'text')
  if (series.kind === 'malformed') throw new Error(`${text}: ${series.reason}`)
  const rest = Buffer.from(bytes.slice(series.end), 'latin1').toString().trim()
  if (rest !== '') throw new Error(`${text}: expected a series alone, found ${JSON.stringify(rest)} after it`)
  return new Map([['__name__', series.name], ...series.labels.filter(([, value]) => value !== '')])
}

function print(labels: Labels): string {
  const others = [...labels].filter(([name]) => name !== '__name__')
  const name = labels.get('__name__')
  return name === undefined
    ? `(without a name) ${printSeries('_', others).slice(1)}`
    : printSeries(name, others)
}

/** Follows a series through the rules of an output. `le` and `quantile` are taken as they are written. */
export function explainRules(series: Labels, rules: readonly RelabelConfig[]): Explanation {
  const labels = new Map(series)
  const steps: Step[] = []
  for (const rule of rules) {
    const before = print(labels)
    if (!compileRelabeling([rule]).apply(labels)) {
      steps.push({ rule, effect: 'dropped', series: before })
      return { steps, result: undefined }
    }
    const after = print(labels)
    steps.push({ rule, effect: after === before ? 'kept' : 'changed', series: after })
  }
  return { steps, result: labels.has('__name__') ? print(labels) : undefined }
}
