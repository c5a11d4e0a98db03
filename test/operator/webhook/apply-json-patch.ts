import type { Json, PatchOperation } from '../../../operator/webhook/json-patch.ts'

/** Applies a JSON Patch as RFC 6902 says: what does not fit the document is an error. */
export function applyJsonPatch(document: Json, patch: readonly PatchOperation[]): Json {
  const root = { '': structuredClone(document) as unknown }
  for (const operation of patch) applyOperation(root, operation)
  return root[''] as Json
}

function applyOperation(root: Record<string, unknown>, operation: PatchOperation): void {
  const keys = operation.path.split('/').map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop() ?? ''
  let parent: unknown = root
  for (const key of keys) parent = (parent as Record<string, unknown>)[key]
  if (typeof parent !== 'object' || parent === null)
    throw new Error(`${operation.path}: its parent is missing`)
  if (operation.op !== 'add' && !Object.hasOwn(parent, last)) throw new Error(`${operation.path} is missing`)
  if (Array.isArray(parent)) applyToList(parent, Number(last), operation)
  else if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last]
  else setMember(parent, last, operation.value)
}

/** An assignment to `__proto__` would set no member. */
function setMember(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
}

function applyToList(list: unknown[], index: number, operation: PatchOperation): void {
  if (!(index >= 0 && index <= list.length))
    throw new Error(`${operation.path} is beyond the end of its list`)
  if (operation.op === 'add') list.splice(index, 0, operation.value)
  else if (operation.op === 'replace') list[index] = operation.value
  else list.splice(index, 1)
}
