import type { ExpositionFormat } from './format.ts'
import { type Malformed, malformed } from './malformed.ts'
import { decodeUtf8, matchAt, unescapeLabel } from './text.ts'

/** A label name and its value, unescaped. */
export type Label = readonly [name: string, value: string]

/** The part of a line that says which series a sample belongs to. */
export interface Series {
  readonly kind: 'series'
  readonly name: string
  /** In the order in which they came; names are unique and not `__name__`, values may be empty. */
  readonly labels: readonly Label[]
  /** Where the value begins. */
  readonly end: number
}

/**
 * The tokens of one format. In the text format blanks may stand between any two tokens and the commas between labels
 * may be missing. Names exclude NUL as Prometheus' lexers do; values do not.
 * Source: promlex.l, promparse.go, openmetricslex.l, openmetricsparse.go in Prometheus' model/textparse.
 */
interface Tokens {
  readonly blanks: RegExp
  readonly open: RegExp
  readonly close: RegExp
  /** A label: its name plain (1) or quoted (2), its value (3), the comma after it (4). */
  readonly label: RegExp
  /** A metric name between the braces (1), and the comma after it (2). */
  readonly quotedName: RegExp
  readonly commaOptional: boolean
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = '[a-zA-Z_][a-zA-Z0-9_]*'

function buildTokens(format: ExpositionFormat): Tokens {
  const blank = format === 'text' ? '[ \\t]*' : ''
  const quoted = (excluded: string) =>
    `"([^"\\\\${excluded}]*(?:\\\\[^\\n${excluded}][^"\\\\${excluded}]*)*)"`
  const name = quoted('\\0')
  const value = quoted(format === 'text' ? '' : '\\n')
  return {
    blanks: new RegExp(blank, 'y'),
    open: new RegExp(`${blank}\\{`, 'y'),
    close: new RegExp(`${blank}\\}`, 'y'),
    label: new RegExp(`${blank}(?:(${LABEL_NAME})|${name})${blank}=${blank}${value}${blank}(,?)`, 'y'),
    quotedName: new RegExp(`${blank}${name}${blank}(?=[,}])(,?)`, 'y'),
    commaOptional: format === 'text',
  }
}

const TOKENS: Readonly<Record<ExpositionFormat, Tokens>> = {
  text: buildTokens('text'),
  openmetrics: buildTokens('openmetrics'),
}

/** Reads the series at the start of a line, given with one character for each byte. */
export function parseSeries(line: string, format: ExpositionFormat): Series | Malformed {
  const tokens = TOKENS[format]
  const start = matchAt(tokens.blanks, line, 0)?.[0].length ?? 0
  const plainName = matchAt(METRIC_NAME, line, start)?.[0]
  const nameEnd = start + (plainName?.length ?? 0)
  const open = matchAt(tokens.open, line, nameEnd)
  if (open === null) {
    if (plainName === undefined) return malformed('expected a metric name or {', start)
    return { kind: 'series', name: plainName, labels: [], end: nameEnd }
  }
  const list = parseLabelList(line, nameEnd + open[0].length, format, plainName)
  return list.kind === 'malformed' ? list : checkSeries(list)
}

/** What stands between braces, as it came: a metric name, if one was given before or between them, and labels. */
interface LabelList {
  readonly kind: 'labels'
  readonly name: string | undefined
  readonly labels: readonly Label[]
  /** After the closing brace. */
  readonly end: number
}

/**
 * Reads labels from after the opening brace on. Unless the metric has a name already, one quoted string between them
 * names it.
 */
export function parseLabelList(
  line: string,
  from: number,
  format: ExpositionFormat,
  plainName: string | undefined,
): LabelList | Malformed {
  const tokens = TOKENS[format]
  const labels: Label[] = []
  let name = plainName
  let at = from
  for (;;) {
    const close = matchAt(tokens.close, line, at)
    if (close !== null) return { kind: 'labels', name, labels, end: at + close[0].length }
    const label = matchAt(tokens.label, line, at)
    if (label !== null) {
      const parsed = decodeLabel(label)
      if (parsed === undefined) return malformed('invalid UTF-8 in a label', at)
      labels.push(parsed)
      at += label[0].length
      if (label[4] === '' && !tokens.commaOptional && line[at] !== '}')
        return malformed('expected , or }', at)
      continue
    }
    const quotedName = matchAt(tokens.quotedName, line, at)
    if (quotedName === null || name !== undefined) return malformed('expected a label', at)
    name = decode(quotedName[1])
    if (name === undefined) return malformed('invalid UTF-8 in the metric name', at)
    at += quotedName[0].length
  }
}

/** Prometheus' parsers accept what is refused here, and its storage then refuses the scrape. */
function checkSeries({ name, labels, end }: LabelList): Series | Malformed {
  if (name === undefined || name === '') return malformed('no metric name', end)
  const names = new Set(['__name__'])
  for (const [label] of labels) {
    if (label === '') return malformed('an empty label name', end)
    if (names.has(label)) return malformed(`label name ${JSON.stringify(label)} is not unique`, end)
    names.add(label)
  }
  return { kind: 'series', name, labels, end }
}

function decodeLabel(match: RegExpExecArray): Label | undefined {
  const name = match[1] ?? decode(match[2])
  const value = decode(match[3])
  return name === undefined || value === undefined ? undefined : [name, value]
}

function decode(bytes = ''): string | undefined {
  const text = decodeUtf8(bytes)
  return text === undefined ? undefined : unescapeLabel(text)
}
