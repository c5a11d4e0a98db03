import { type ContentType, parseParameters } from '../exposition/format.ts'

/** The media types that the proxy can filter. */
const FILTERABLE = new Set(['text/plain', 'application/openmetrics-text'])

/** What every client of a metrics endpoint understands. */
const DEFAULT_RANGE = 'text/plain;version=0.0.4'

/** Commas outside quoted strings separate the ranges of an Accept header (RFC 9110, section 12.5.1). */
const RANGE = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g

/** One range of an Accept header: its media type in lower case, and its parameters with `q` as they came. */
interface MediaRange {
  readonly mediaType: string
  readonly parameters: string
}

function parseAccept(header: string): MediaRange[] {
  return (header.match(RANGE) ?? []).flatMap(text => {
    const range = text.trim()
    const end = range.search(/[;\s]/)
    const mediaType = (end === -1 ? range : range.slice(0, end)).toLowerCase()
    return mediaType.includes('/') ? [{ mediaType, parameters: range.slice(mediaType.length).trim() }] : []
  })
}

/** Whether a range matches anything that we can read, besides what it names exactly. */
function isWildcard(range: MediaRange): boolean {
  return range.mediaType === '*/*' || range.mediaType === 'text/*'
}

/**
 * The Accept header for the upstream: the text formats that the client takes, with their parameters (version, escaping,
 * q), and nothing that we cannot filter. Protobuf is left out, and a wildcard, which would allow it, becomes plain text.
 */
export function rewriteAccept(header: string | undefined): string {
  const ranges = parseAccept(header ?? '')
  const kept = ranges.filter(range => FILTERABLE.has(range.mediaType))
  const names = kept.map(({ mediaType, parameters }) => mediaType + parameters)
  const wildcard = ranges.find(isWildcard)
  const hasPlainText = kept.some(range => range.mediaType === 'text/plain')
  if (wildcard !== undefined && !hasPlainText) names.push(DEFAULT_RANGE + wildcard.parameters)
  return names.length === 0 ? DEFAULT_RANGE : names.join(',')
}

/** What Prometheus calls names that are not escaped. */
const UTF8_NAMES = 'allow-utf-8'

/** Whether a range that matches a media type takes an answer of it in this version, with names escaped in this way. */
function covers(range: MediaRange, { mediaType, parameters: given }: ContentType): boolean {
  const wanted = parseParameters(range.parameters, 0)
  if (wanted === undefined || Number(wanted.get('q') ?? 1) === 0) return false
  if (range.mediaType !== mediaType) return true
  // What either side says nothing about is left to the other; but names in UTF-8 have to be asked for.
  const agrees = (name: string) =>
    !wanted.has(name) || !given.has(name) || wanted.get(name) === given.get(name)
  const mayHaveUtf8 = given.get('escaping') !== UTF8_NAMES || wanted.get('escaping') === UTF8_NAMES
  return mayHaveUtf8 && agrees('version') && agrees('escaping')
}

/**
 * Whether a client that sent this Accept header takes an answer of this type, whatever else it would rather have. A
 * format that it names it takes in the versions and escapings that it names; a wildcard is for those that it does not
 * name: the most specific range decides (RFC 9110, section 12.5.1).
 */
export function accepts(header: string | undefined, type: ContentType): boolean {
  if (header === undefined) return true
  const ranges = parseAccept(header)
  const names = [type.mediaType, `${type.mediaType.split('/')[0]}/*`, '*/*']
  const name = names.find(mediaType => ranges.some(range => range.mediaType === mediaType))
  return ranges.some(range => range.mediaType === name && covers(range, type))
}
