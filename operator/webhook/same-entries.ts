import { isDeepStrictEqual } from 'node:util'

/** An entry of a webhook configuration. */
interface Entry {
  readonly name: string
}

/**
 * Do both say the same, field by field, in whatever order the entries are? What is empty is as good as absent: the API server leaves it
 * out. Pure.
 */
export function saySame(entries: readonly Entry[], others: readonly Entry[]): boolean {
  return isDeepStrictEqual(byName(entries), byName(others))
}

function byName(entries: readonly Entry[]): unknown {
  return entries
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(entry => withoutEmpty(entry))
}

/** The value without the fields that hold nothing; undefined: it holds nothing itself. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty)
  if (typeof value !== 'object') return value
  const fields = Object.entries(value ?? {})
    .map(([name, field]) => [name, withoutEmpty(field)] as const)
    .filter(([, field]) => field !== undefined)
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}
