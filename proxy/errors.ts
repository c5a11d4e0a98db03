import { types } from 'node:util'

/** The text of whatever was thrown. Of a bundle of errors, as attempts on several addresses give, that of the first. */
export function messageOf(thrown: unknown): string {
  if (!types.isNativeError(thrown)) return String(thrown)
  return 'errors' in thrown && Array.isArray(thrown.errors) ? messageOf(thrown.errors[0]) : thrown.message
}

/** The code of an error of Node or its libraries (`ENOENT`), '' if it has none. Of a bundle, that of the first. */
export function codeOf(thrown: unknown): string {
  if (!types.isNativeError(thrown)) return ''
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return 'errors' in thrown && Array.isArray(thrown.errors) ? codeOf(thrown.errors[0]) : ''
}
