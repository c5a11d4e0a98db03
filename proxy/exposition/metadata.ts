import type { ExpositionFormat } from './format.ts'
import { type Malformed, malformed } from './malformed.ts'
import { quoteMetricName } from './print.ts'
import { decodeUtf8, matchAt, unescapeLabel } from './text.ts'

const TEXT_TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const
const OPENMETRICS_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
] as const

/** A metric type, in the words of both formats: `untyped` is the text format's, `unknown` that of OpenMetrics. */
export type MetricType = (typeof TEXT_TYPES)[number] | (typeof OPENMETRICS_TYPES)[number]

/** A `# HELP`, `# TYPE` or `# UNIT` line. */
export interface Metadata {
  readonly kind: 'metadata'
  readonly keyword: 'HELP' | 'TYPE' | 'UNIT'
  /** Name of the metric family, unescaped. */
  readonly family: string
  /** The help (still escaped), the type or the unit. */
  readonly text: string
  /** The line as it came, without its newline. */
  readonly line: string
}

/** What precedes the name in a metadata line. The text format has no UNIT: there it is a comment. */
const KEYWORD: Readonly<Record<ExpositionFormat, RegExp>> = {
  text: /[ \t]*#[ \t]+(HELP|TYPE)[ \t]+/y,
  openmetrics: /# (HELP|TYPE|UNIT) /y,
}
const FAMILY_NAME = /"([^"\\\0]*(?:\\[^\n\0][^"\\\0]*)*)"|[a-zA-Z_:][a-zA-Z0-9_:]*/y

/** The text format drops the byte after the name, whatever it is, and reads nothing but blanks as no text. */
const TEXT: Readonly<Record<ExpositionFormat, RegExp>> = {
  text: /(?:[ \t]*|[^\n]([^\n]*))(?:\n|$)/y,
  openmetrics: / ([^\n]*)\n/y,
}

/**
 * Reads a metadata line, given with one character for each byte; undefined when the line is not one.
 * Source: sMeta1 and sMeta2 in promlex.l and openmetricslex.l, Next in promparse.go and openmetricsparse.go.
 */
export function parseMetadata(line: string, format: ExpositionFormat): Metadata | Malformed | undefined {
  const start = matchAt(KEYWORD[format], line, 0)
  if (start === null) return undefined
  const nameStart = start[0].length
  const name = matchAt(FAMILY_NAME, line, nameStart)
  if (name === null) return malformed('expected the name of a metric family', nameStart)
  const textStart = nameStart + name[0].length
  const text = matchAt(TEXT[format], line, textStart)
  if (text === null) return malformed('expected a space and a text', textStart)
  const decoded = decodeUtf8(line)
  if (decoded === undefined) return malformed('invalid UTF-8 in metadata', textStart)
  const keyword = start[1] as Metadata['keyword']
  return check(
    {
      kind: 'metadata',
      keyword,
      family: name[1] === undefined ? name[0] : unescapeLabel(decodeUtf8(name[1]) ?? ''),
      text: decodeUtf8(text[1] ?? '') ?? '',
      line: decoded.endsWith('\n') ? decoded.slice(0, -1) : decoded,
    },
    format,
  )
}

function check(metadata: Metadata, format: ExpositionFormat): Metadata | Malformed {
  const { keyword, family, text } = metadata
  const types: readonly string[] = format === 'text' ? TEXT_TYPES : OPENMETRICS_TYPES
  if (keyword === 'TYPE' && !types.includes(text)) {
    return malformed(`${JSON.stringify(text)} is not a metric type`, metadata.line.length - text.length)
  }
  if (keyword === 'UNIT' && !hasUnit(family, text)) {
    return malformed(`unit ${JSON.stringify(text)} is not a suffix of the name`, metadata.line.length)
  }
  return metadata
}

/** Whether the name of a family ends with `_` and its unit, as OpenMetrics demands. */
function hasUnit(family: string, unit: string): boolean {
  return unit === '' || family.endsWith(`_${unit}`)
}

/**
 * The metadata line of a family that goes by another name now, without a newline. Undefined where the format does
 * not allow it: a unit has to be a suffix of the name.
 */
export function renameMetadata(metadata: Metadata, family: string): string | undefined {
  const { keyword, text } = metadata
  if (family === metadata.family) return metadata.line
  if (keyword === 'UNIT' && !hasUnit(family, text)) return undefined
  return `# ${keyword} ${quoteMetricName(family)} ${text}`
}
