import type { ExpositionFormat } from './format.ts'
import type { Malformed } from './malformed.ts'
import { type Metadata, parseMetadata } from './metadata.ts'
import { parseSeries, type Series } from './series.ts'
import { parseValue, type SampleValue } from './value.ts'

/** A sample: which series, and what it is worth. */
export interface Sample {
  readonly kind: 'sample'
  readonly series: Series
  readonly value: SampleValue
}

/** A logical line, understood. */
export type ParsedLine =
  | Sample
  | Metadata
  | Malformed
  | { readonly kind: 'comment' }
  | { readonly kind: 'blank' }
  | { readonly kind: 'end' }

const BLANK = /^[ \t]*\n?$/
const COMMENT = /^[ \t]*#/
const END = /^# EOF\n?$/

/**
 * Parses one logical line, newline included, given with one character for each byte. The grammars are those of
 * Prometheus' model/textparse; OpenMetrics has neither comments nor blank lines, and ends with `# EOF`.
 *
 * Known differences: Prometheus allows a raw newline in a quoted name in OpenMetrics and in metadata, stops reading
 * at a NUL outside quotes, takes blanks before a name into the name, and does not look at the encoding of names.
 */
export function parseLine(line: string, format: ExpositionFormat): ParsedLine {
  if (format === 'openmetrics' && END.test(line)) return { kind: 'end' }
  const metadata = parseMetadata(line, format)
  if (metadata !== undefined) return metadata
  if (format === 'text') {
    if (COMMENT.test(line)) return { kind: 'comment' }
    if (BLANK.test(line)) return { kind: 'blank' }
  }
  return parseSample(line, format)
}

function parseSample(line: string, format: ExpositionFormat): Sample | Malformed {
  const series = parseSeries(line, format)
  if (series.kind === 'malformed') return series
  const value = parseValue(line, series.end, format)
  if (value.kind === 'malformed') return value
  return { kind: 'sample', series, value }
}
