import * as z from 'zod'

/** A key in snake_case: policies are written with either spelling of protobuf's JSON. */
function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** Whether a value has keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/**
 * The same object with keys in snake_case, without those that are null, which in protobuf's JSON means not set.
 * Reports a field that is set in both spellings. What is no object stays as it is.
 */
function canonicalKeys(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (!isRecord(value)) return value
  const result: Record<string, unknown> = Object.create(null)
  for (const [key, entry] of Object.entries(value)) {
    if (entry === null || entry === undefined) continue
    const canonical = toSnakeCase(key)
    if (canonical in result) context.addIssue({ code: 'custom', message: `${canonical} is set twice` })
    result[canonical] = entry
  }
  return result
}

/** A schema for an object whose keys may be in snake_case or camelCase, and null. It itself knows snake_case only. */
export function withEitherKeys<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(canonicalKeys, schema)
}
