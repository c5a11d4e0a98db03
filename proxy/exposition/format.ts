/** The two text grammars: Prometheus text, and OpenMetrics 0.0.1/1.0.0. */
export type ExpositionFormat = 'text' | 'openmetrics'

/** What a Content-Type header says about an exposition. */
export interface ContentType {
  readonly format: ExpositionFormat
  /** Lower case, such as `text/plain`. */
  readonly mediaType: string
  /** Parameters in the order in which they came; names in lower case, values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Without versions, any will do: Prometheus does not look at that of plain text (model/textparse/interface.go). */
const FORMATS: ReadonlyMap<string, { format: ExpositionFormat; versions?: readonly string[] }> = new Map([
  ['text/plain', { format: 'text' }],
  ['application/openmetrics-text', { format: 'openmetrics', versions: ['0.0.1', '1.0.0'] }],
])

/** Parameters that describe the bytes, and so hold for the answer too. */
const KEPT_PARAMETERS: readonly string[] = ['version', 'charset', 'escaping']

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`)
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\[\\x20-\\x7e])*)"))?[ \\t]*`,
  'y',
)

/**
 * Reads the Content-Type of an upstream's answer (RFC 9110, section 8.3). Undefined when it is absent or broken, or
 * names a format, or a version of OpenMetrics, that the proxy cannot read. Without a version it is the usual one, as in
 * Prometheus.
 */
export function parseContentType(header: string | undefined): ContentType | undefined {
  const start = MEDIA_TYPE.exec(header ?? '')
  if (start?.[1] === undefined || header === undefined) return undefined
  const mediaType = start[1].toLowerCase()
  const known = FORMATS.get(mediaType)
  const parameters = parseParameters(header, start[0].length)
  if (known === undefined || parameters === undefined) return undefined
  const version = parameters.get('version')
  if (version !== undefined && known.versions?.includes(version) === false) return undefined
  return { format: known.format, mediaType, parameters }
}

/**
 * The parameters of a media type (RFC 9110, section 5.6.6), from the semicolon at `at` to the end of the header; undefined
 * when that is not a list of distinct parameters.
 */
export function parseParameters(header: string, at: number): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = at
  while (PARAMETER.lastIndex < header.length) {
    const match = PARAMETER.exec(header)
    if (match === null) return undefined
    const name = match[1]?.toLowerCase()
    if (name === undefined) continue
    if (parameters.has(name)) return undefined
    parameters.set(name, match[2] ?? (match[3] ?? '').replace(/\\(.)/g, '$1'))
  }
  return parameters
}

/**
 * The Content-Type of our answer to bytes that came with `type`: the same format, with its version, charset and
 * escaping. Other parameters are left out.
 */
export function formatContentType(type: ContentType): string {
  let header = type.mediaType
  for (const [name, value] of type.parameters) {
    if (KEPT_PARAMETERS.includes(name)) header += `; ${name}=${quoteParameter(value)}`
  }
  return header
}

const WHOLE_TOKEN = new RegExp(`^${TOKEN}$`)

function quoteParameter(value: string): string {
  return WHOLE_TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}
