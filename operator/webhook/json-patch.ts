/** Values that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The operations of RFC 6902 that a difference needs. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }

/**
 * The JSON Patch (RFC 6902) that turns `before` into `after`: an operation for each place that differs, none for what is
 * equal, and a missing parent is added with its whole content. Lists are compared position by position, which is
 * minimal for lists that grow at their end and correct for all.
 */
export function jsonPatch(before: Json, after: Json): PatchOperation[] {
  const operations: PatchOperation[] = []
  compare(before, after, '', operations)
  return operations
}

function compare(before: Json, after: Json, path: string, operations: PatchOperation[]): void {
  if (isList(before) && isList(after)) compareLists(before, after, path, operations)
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, operations)
  else if (before !== after) operations.push({ op: 'replace', path, value: after })
}

function compareLists(
  before: readonly Json[],
  after: readonly Json[],
  path: string,
  operations: PatchOperation[],
): void {
  for (const [index, value] of after.entries()) {
    const previous = before[index]
    if (previous === undefined) operations.push({ op: 'add', path: `${path}/${index}`, value })
    else compare(previous, value, `${path}/${index}`, operations)
  }
  // From the end, so that the positions before it stay what they were.
  for (let index = before.length - 1; index >= after.length; index--) {
    operations.push({ op: 'remove', path: `${path}/${index}` })
  }
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  path: string,
  operations: PatchOperation[],
): void {
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: `${path}/${escapeKey(key)}` })
  }
  for (const [key, value] of Object.entries(after)) {
    const keyPath = `${path}/${escapeKey(key)}`
    const previous = Object.hasOwn(before, key) ? before[key] : undefined
    // A member that is null counts as missing: not every implementation replaces null.
    if (previous === undefined || (previous === null && value !== null)) {
      operations.push({ op: 'add', path: keyPath, value })
    } else compare(previous, value, keyPath, operations)
  }
}

type JsonObject = { readonly [key: string]: Json }

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON Pointer, RFC 6901 section 3. */
function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
