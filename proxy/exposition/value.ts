import { parseFloatText } from './float.ts'
import type { ExpositionFormat } from './format.ts'
import { type Malformed, malformed } from './malformed.ts'
import { parseLabelList } from './series.ts'
import { decodeUtf8, matchAt } from './text.ts'

/** The part of a sample's line that follows the series. */
export interface SampleValue {
  readonly kind: 'value'
  readonly value: number
  /** The value as it came. */
  readonly valueText: string
  /** The timestamp as it came, '' without one: milliseconds in the text format, seconds in OpenMetrics. */
  readonly timestampText: string
  /** The exemplar as it came, from the brace on; '' without one. */
  readonly exemplarText: string
}

/** Reads value, timestamp and exemplar from position `at`, where the series ended, to the end of the line. */
export function parseValue(line: string, at: number, format: ExpositionFormat): SampleValue | Malformed {
  return format === 'text' ? parseTextValue(line, at) : parseOpenMetricsValue(line, at)
}

const TEXT_VALUE = /[ \t]*([^{ \t\n]+)(?:[ \t]+([0-9]+))?[ \t]*(?:\n|$)/y
const TIMESTAMP_MAX_DIGITS = 19
const INT64_MAX = 2n ** 63n - 1n

/** Source: sValue and sTimestamp in promlex.l, parseMetricSuffix in promparse.go. */
function parseTextValue(line: string, at: number): SampleValue | Malformed {
  const match = matchAt(TEXT_VALUE, line, at)
  if (match?.[1] === undefined) return malformed('expected a value and perhaps a timestamp', at)
  const [, valueText, timestampText = ''] = match
  const value = parseFloatText(valueText)
  if (value === undefined) return malformed(`${JSON.stringify(valueText)} is not a number`, at)
  if (timestampText.length >= TIMESTAMP_MAX_DIGITS && BigInt(timestampText) > INT64_MAX) {
    return malformed('the timestamp is out of range', at)
  }
  return { kind: 'value', value, valueText, timestampText, exemplarText: '' }
}

const EXEMPLAR_START = / # \{/y
const WORD = / ([^ \n]+)/y
const NEWLINE = /\n/y

/** Source: sValue, sTimestamp, sExemplar and sEValue in openmetricslex.l, parseSeriesEndOfLine and parseComment. */
function parseOpenMetricsValue(line: string, from: number): SampleValue | Malformed {
  const { value, text: valueText, end: valueEnd } = readNumber(line, from)
  if (value === undefined) return malformed('expected a value', from)
  let at = valueEnd
  let timestampText = ''
  if (line[at] !== '\n' && matchAt(EXEMPLAR_START, line, at) === null) {
    const timestamp = readNumber(line, at)
    if (!Number.isFinite(timestamp.value)) return malformed('expected a timestamp', at)
    timestampText = timestamp.text
    at = timestamp.end
  }
  const exemplar = readExemplar(line, at)
  if (exemplar.kind === 'malformed') return exemplar
  if (matchAt(NEWLINE, line, exemplar.end) === null)
    return malformed('expected the end of the line', exemplar.end)
  return { kind: 'value', value, valueText, timestampText, exemplarText: exemplar.text }
}

interface Exemplar {
  readonly kind: 'exemplar'
  readonly text: string
  readonly end: number
}

/** Reads ` # {labels} value [timestamp]`; nothing, when there is no exemplar. */
function readExemplar(line: string, from: number): Exemplar | Malformed {
  const start = matchAt(EXEMPLAR_START, line, from)
  if (start === null) return { kind: 'exemplar', text: '', end: from }
  const labels = parseLabelList(line, from + start[0].length, 'openmetrics', '')
  if (labels.kind === 'malformed') return labels
  const value = readNumber(line, labels.end)
  if (value.value === undefined) return malformed("expected the exemplar's value", labels.end)
  let end = value.end
  if (line[end] !== '\n') {
    const timestamp = readNumber(line, end)
    if (!Number.isFinite(timestamp.value)) return malformed("expected the exemplar's timestamp", end)
    end = timestamp.end
  }
  // Only exemplars cannot have NUL in a label value.
  const text = decodeUtf8(line.slice(from + start[0].length - 1, end))
  if (text === undefined || text.includes('\0')) return malformed('invalid bytes in the exemplar', from)
  return { kind: 'exemplar', text, end }
}

/** Reads one space and a number. */
function readNumber(line: string, at: number): { value: number | undefined; text: string; end: number } {
  const match = matchAt(WORD, line, at)
  if (match?.[1] === undefined) return { value: undefined, text: '', end: at }
  return { value: parseFloatText(match[1]), text: match[1], end: at + match[0].length }
}
