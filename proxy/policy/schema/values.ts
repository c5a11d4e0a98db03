import * as z from 'zod'
import type { TypedValue } from '../policy.ts'
import { isRecord, withEitherKeys } from './keys.ts'
import { shown } from './shown.ts'

const INT64_LIMIT = 2n ** 63n

/** An int64 as protobuf's JSON writes it: a number or, so that none of it is lost, a string. */
function parseInt64(value: unknown): bigint | undefined {
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
  const isDigits = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (!isInteger && !isDigits) return undefined
  const integer = BigInt(value as string | number | bigint)
  return integer >= -INT64_LIMIT && integer < INT64_LIMIT ? integer : undefined
}

const NOT_FINITE: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** A double as protobuf's JSON writes it: a number, the name of one that is not finite, or a number as a string. */
function parseDouble(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  const named = NOT_FINITE.get(value)
  if (named !== undefined || typeof value !== 'string' || value.trim() === '') return named
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}

const BASE64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/
const HEX = /^(?:[0-9a-fA-F]{2})*$/

/** A field of a oneof: reads the value, or says what is wrong with it. */
function variant<Value>(read: (value: unknown) => Value | undefined, problem: (value: unknown) => string) {
  return z.unknown().transform((value, context): Value => {
    const result = read(value)
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: problem(value) })
    return z.NEVER
  })
}

const expected = (what: string) => (value: unknown) => `expected ${what}, got ${shown(value)}`

const numericVariants = {
  int_value: variant(parseInt64, expected('int_value to be a 64-bit integer')).optional(),
  double_value: variant(parseDouble, expected('double_value to be a number')).optional(),
}

const variants = {
  ...numericVariants,
  bool_value: variant(
    value => (typeof value === 'boolean' ? value : undefined),
    expected('bool_value to be true or false'),
  ).optional(),
  bytes_value: variant(
    value =>
      typeof value === 'string' && BASE64.test(value)
        ? new Uint8Array(Buffer.from(value, 'base64'))
        : undefined,
    expected('bytes_value to be base64'),
  ).optional(),
  hex_value: variant(
    value =>
      typeof value === 'string' && HEX.test(value) ? new Uint8Array(Buffer.from(value, 'hex')) : undefined,
    value => `invalid hex_value ${shown(value)}`,
  ).optional(),
}

/** The one variant that is set. */
function onlyVariant<Value>(what: string) {
  return (fields: Readonly<Record<string, Value | undefined>>, context: z.RefinementCtx): Value => {
    const set = Object.values(fields).filter(value => value !== undefined)
    const [only] = set
    if (set.length === 1 && only !== undefined) return only
    const message = set.length === 0 ? `${what} value oneof is unset` : `${what} has more than one value`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
}

/** A number as it stands in YAML or JSON. */
const numberShorthand = z.union([z.number(), z.bigint()])

const unknownVariant = (what: string, known: readonly string[]) => (issue: z.core.$ZodRawIssue) =>
  issue.code === 'unrecognized_keys'
    ? `${what} has no ${issue.keys.map(shown).join(', ')}; expected ${known.join(', ')}`
    : `expected ${what} to be a value, got ${shown(issue.input)}`

function valueSchema<Value>(
  what: string,
  shorthand: z.ZodType<Value>,
  fields: z.ZodRawShape,
  refusal: string,
) {
  const canonical = withEitherKeys(
    z.strictObject(fields, { error: unknownVariant(what, Object.keys(fields)) }),
  )
  return z.unknown().transform((value, context): Value => {
    const isShort = !isRecord(value)
    const result = isShort
      ? shorthand.safeParse(value)
      : canonical
          .transform((set, inner) => onlyVariant<Value>(what)(set as Record<string, Value>, inner))
          .safeParse(value)
    if (result.success) return result.data
    const [issue] = result.error.issues
    const message = isShort ? `${refusal}, got ${shown(value)}` : (issue?.message ?? refusal)
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

/** The value of `equals`: true, a number, or protobuf's `{ bytesValue: … }`. Text has `exact`. Source: Value in shared.proto. */
export const typedValueSchema = valueSchema<TypedValue>(
  'equals',
  z.union([z.boolean(), numberShorthand]),
  variants,
  'expected equals to be true, false, a number or a typed value (text is matched by exact)',
)

/** The value of gt, gte, lt, lte. Source: NumericValue in shared.proto. */
export const numericValueSchema = valueSchema<number | bigint>(
  'numeric',
  numberShorthand,
  numericVariants,
  'expected a number',
)
