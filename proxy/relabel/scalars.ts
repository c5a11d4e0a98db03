import * as z from 'zod'
import { toLower } from './casing.ts'
import { isValidLabelName } from './label-name.ts'
import { quote } from './quote.ts'
import { compileRegex, RegexSyntaxError } from './regex.ts'

/** What a relabelling rule does. Source: Prometheus' model/relabel/relabel.go. */
export const ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

/** One of {@link ACTIONS}, in lower case. */
export type Action = (typeof ACTIONS)[number]

/** The largest modulus: Prometheus' is a uint64. */
const MODULUS_MAX = 2n ** 64n - 1n

/** Names the kind of a value as the writer of a YAML or JSON file knows it: a map, a list, null, … */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return `the ${typeof value} ${String(value)}`
}

/** What YAML reads from an unquoted word: a string, but also `404` or `true`. */
const scalar = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.null()], {
  error: issue => `expected a string, got ${kindOf(issue.input)}`,
})

/**
 * A string field. YAML's plain numbers and booleans are taken as the text they are written as, and null is the empty
 * string, as in Prometheus: `regex: 404` means "404".
 */
export const textSchema = scalar.transform(value => (value === null ? '' : String(value)))

/** An action in any letter case. Null is '', which validation refuses in its own words. */
export const actionSchema = scalar.transform((value, context): Action | '' => {
  if (value === null) return ''
  const lower = toLower(String(value))
  const action = ACTIONS.find(known => known === lower)
  if (action !== undefined) return action
  context.addIssue({ code: 'custom', message: `unknown relabel action ${quote(String(value))}` })
  return z.NEVER
})

/** A regular expression that RE2 accepts. Null is the empty one, which matches only the empty string. */
export const regexSchema = textSchema.transform((source, context) => {
  const message = regexProblem(source)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
  return source
})

function regexProblem(source: string): string | undefined {
  if (!source.isWellFormed()) return 'error parsing regexp: invalid UTF-8: it has a lone surrogate'
  try {
    compileRegex(source)
    return undefined
  } catch (error) {
    if (error instanceof RegexSyntaxError) return error.message
    throw error
  }
}

const labelNameSchema = scalar.transform((value, context) => {
  // Prometheus does not check a null in the list: it is the label with an empty name, which no series has.
  if (value === null) return ''
  const name = String(value)
  if (!isValidLabelName(name)) {
    context.addIssue({ code: 'custom', message: `${quote(name)} is not a valid label name` })
  }
  return name
})

/** A list of label names. Null is the same as leaving the field out; an empty list is not. */
export const labelNamesSchema = z
  .array(labelNameSchema, { error: issue => `expected a list of label names, got ${kindOf(issue.input)}` })
  .nullable()

/**
 * A modulus, 0 to 2^64 − 1. A number that JavaScript cannot hold exactly has to be given as a bigint or in quotes,
 * but for the largest modulus, which reads as 2^64.
 */
export const modulusSchema = z
  .union([z.number(), z.bigint(), z.string(), z.null()], {
    error: issue => `expected a whole number from 0 to ${MODULUS_MAX}, got ${kindOf(issue.input)}`,
  })
  .transform((value, context): bigint => {
    if (value === null) return 0n
    const modulus = toWholeNumber(value)
    if (modulus !== undefined && modulus >= 0n && modulus <= MODULUS_MAX) return modulus
    const hint = typeof value === 'number' && value > Number.MAX_SAFE_INTEGER ? ' (put it in quotes)' : ''
    context.addIssue({
      code: 'custom',
      message: `expected a whole number from 0 to ${MODULUS_MAX}, got ${value}${hint}`,
    })
    return z.NEVER
  })

function toWholeNumber(value: number | bigint | string): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (value === 2 ** 64) return MODULUS_MAX
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return /^[0-9]{1,20}$/.test(value) ? BigInt(value) : undefined
}
