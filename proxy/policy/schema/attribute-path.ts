import * as z from 'zod'
import { isRecord } from './keys.ts'
import { shown } from './shown.ts'

/** The keys that a path is written with, in any of its three forms; undefined if it is none. */
function segmentsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (isRecord(value)) return segmentsOf(value.path ?? [])
  return Array.isArray(value) && value.every(segment => typeof segment === 'string') ? value : undefined
}

/** Where an attribute is: `path: [http, method]`, `[http, method]` or, for a single key, `method`. Source: spec.md, AttributePath. */
export const attributePathSchema = z.unknown().transform((value, context): readonly string[] => {
  const segments = segmentsOf(value)
  if (segments !== undefined && segments.length > 0) return segments
  const message =
    segments === undefined
      ? `expected the key of an attribute, or a list of keys, got ${shown(value)}`
      : 'attribute has empty path'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})
