/** Bounds of the API server (`k8s.io/apiserver`, `pkg/endpoints/filters/warning.go`): it cuts what is longer. */
const WARNING_CHARACTERS_MAX = 256
/** Of at most 4096 characters in all. */
const WARNINGS_MAX = 8
const PREFIX = 'metricgate: '
/** Warnings travel in a header: ASCII is read alike by all clients. */
const ELLIPSIS = '...'

/**
 * Warnings as the API server passes them on to the user in whole: prefixed, without control characters (it drops the ones
 * that have some), at most 8 of at most 256 characters.
 */
export function boundWarnings(warnings: readonly string[]): string[] {
  return warnings.slice(0, WARNINGS_MAX).map(bound)
}

function bound(warning: string): string {
  const characters = Array.from(`${PREFIX}${warning.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim()}`)
  if (characters.length <= WARNING_CHARACTERS_MAX) return characters.join('')
  return `${characters.slice(0, WARNING_CHARACTERS_MAX - ELLIPSIS.length).join('')}${ELLIPSIS}`
}
