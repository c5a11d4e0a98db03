import * as z from 'zod'

/**
 * A rule that JSON Schema cannot express, stated twice on purpose: `cel` is what the API server enforces when the
 * object is written, `holds` is what the operator checks when it reads one (it may have been stored under an
 * older CRD). Tests hold the two equal against a real API server.
 */
export interface Rule<T> {
  /**
   * Common Expression Language; `self` is the value with its defaults filled in, except in lists (`crds/structural-schema.ts`), where the
   * rule names the default: `has(self.action) ? self.action : 'replace'`. True: the value is accepted.
   */
  readonly cel: string
  /** The same in TypeScript. Absent where only the proxy can tell: `validateGate` asks its configuration schema. */
  readonly holds?: (value: T) => boolean
  /** What would be right, in one sentence without a full stop. */
  readonly message: string
  /** Path of what is at fault, from the value down: "selector", "proxy.port". Default: the value itself. */
  readonly field?: string
  /** `FieldValueRequired` when the fault is that `field` is missing. Default: `FieldValueInvalid`. */
  readonly reason?: 'FieldValueRequired' | 'FieldValueForbidden'
}

/**
 * `schema` with `rules` as refinements, and as the `x-kubernetes-validations` of its JSON Schema. Put it last in a
 * chain: zod metadata belongs to one schema instance.
 */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const refined = schema.superRefine((value, context) => {
    for (const rule of rules) {
      if (rule.holds?.(value) ?? true) continue
      context.addIssue({
        code: 'custom',
        message: rule.message,
        path: rule.field?.split('.') ?? [],
      })
    }
  })
  return refined.meta({ ...schema.meta(), 'x-kubernetes-validations': rules.map(toValidation) })
}

function toValidation<T>({ cel, message, field, reason }: Rule<T>): Record<string, string> {
  return {
    rule: cel,
    message,
    ...(field !== undefined && { fieldPath: `.${field}` }),
    ...(reason !== undefined && { reason }),
  }
}

/** A map from strings to what `values` describes, with at most `sizeMax` entries (the API server needs the bound to weigh rules). */
export function mapOf<V extends z.ZodType>(values: V, sizeMax: number): z.ZodRecord<z.ZodString, V> {
  return z
    .record(z.string(), values)
    .refine(map => Object.keys(map).length <= sizeMax, `must have at most ${sizeMax} properties`)
    .meta({ maxProperties: sizeMax })
}
