import type { Label } from './series.ts'
import { escapeLabel } from './text.ts'

const PLAIN_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const PLAIN_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** A metric name as metadata has it: in quotes, unless it is one of the names that every version knows. */
export function quoteMetricName(name: string): string {
  return PLAIN_METRIC_NAME.test(name) ? name : `"${escapeLabel(name)}"`
}

/** One label, as it stands between the braces. */
export function printLabel([name, value]: Label): string {
  return `${PLAIN_LABEL_NAME.test(name) ? name : `"${escapeLabel(name)}"`}="${escapeLabel(value)}"`
}

/**
 * The series part of a line, in either format: `name{label="value",…}`, or with the name between the braces and
 * quotes, where it is not a plain one. Labels are printed already, and come in the order given.
 */
export function joinSeries(name: string, labels: readonly string[]): string {
  const list = labels.join(',')
  if (PLAIN_METRIC_NAME.test(name)) return list === '' ? name : `${name}{${list}}`
  return list === '' ? `{${quoteMetricName(name)}}` : `{${quoteMetricName(name)},${list}}`
}

/** The series part of a line, from a name and labels. */
export function printSeries(name: string, labels: readonly Label[]): string {
  return joinSeries(name, labels.map(printLabel))
}
