const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const INFINITE = /^([+-]?)inf(?:inity)?$/i
const NOT_A_NUMBER = /^nan$/i

/**
 * Reads a number as the Prometheus parsers do: Go's strconv.ParseFloat without hexadecimal floats and underscores.
 * Undefined when the text is not such a number, or is too large for a float64.
 * Source: parseFloat in Prometheus' model/textparse/promparse.go.
 */
export function parseFloatText(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  const infinite = INFINITE.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  return NOT_A_NUMBER.test(text) ? Number.NaN : undefined
}

/**
 * Prints a sample's value so that every reader gets the same float64 back: ECMAScript's shortest form, with the
 * exposition's words for what is not finite, and the sign of negative zero.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/**
 * Prints a bound or a quantile as OpenMetrics wants it: Go's shortest `%g`, and `.0` where neither a point nor an
 * exponent would be there. Source: FormatOpenMetricsFloat in Prometheus' model/labels/float.go.
 */
export function formatOpenMetricsFloat(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value)
  if (value === 0) return '0.0'
  const text = formatGo(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** Go's strconv.FormatFloat(value, 'g', -1, 64): an exponent below 1e-4 and from 1e6 on, of at least two digits. */
function formatGo(value: number): string {
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}
