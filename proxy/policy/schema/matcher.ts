import * as z from 'zod'
import { nearest } from '../../config/problems.ts'
import {
  ATTRIBUTE_SELECTORS,
  type Condition,
  type Matcher,
  NUMERIC_CONDITIONS,
  type Selector,
  TEXT_CONDITIONS,
} from '../policy.ts'
import { attributePathSchema } from './attribute-path.ts'
import { metricFieldSchema, metricTypeSchema, temporalitySchema } from './enums.ts'
import { isRecord, withEitherKeys } from './keys.ts'
import { regexSchema } from './regex.ts'
import { shown } from './shown.ts'
import { numericValueSchema, typedValueSchema } from './values.ts'

const flag = (key: string) =>
  z.boolean({ error: issue => `expected ${key} to be true or false, got ${shown(issue.input)}` })

const text = (key: string) =>
  z.string({ error: issue => `expected ${key} to be text, got ${shown(issue.input)}` })

const fieldsSchema = {
  metric_field: metricFieldSchema.optional(),
  datapoint_attribute: attributePathSchema.optional(),
  resource_attribute: attributePathSchema.optional(),
  scope_attribute: attributePathSchema.optional(),
  metric_type: metricTypeSchema.optional(),
  aggregation_temporality: temporalitySchema.optional(),
}

const conditionsSchema = {
  exact: text('exact').optional(),
  regex: regexSchema.optional(),
  exists: flag('exists').optional(),
  starts_with: text('starts_with').optional(),
  ends_with: text('ends_with').optional(),
  contains: text('contains').optional(),
  equals: typedValueSchema.optional(),
  gt: numericValueSchema.optional(),
  gte: numericValueSchema.optional(),
  lt: numericValueSchema.optional(),
  lte: numericValueSchema.optional(),
}

const matcherShape = {
  ...fieldsSchema,
  ...conditionsSchema,
  negate: flag('negate').default(false),
  case_insensitive: flag('case_insensitive').default(false),
}

const FIELDS = Object.keys(fieldsSchema)
const CONDITIONS = Object.keys(conditionsSchema)
const KNOWN = Object.keys(matcherShape)

/** Fields that bring what they are compared with. */
const ENUM_FIELDS: ReadonlySet<string> = new Set(['metric_type', 'aggregation_temporality'])

/** A key that is not known could be a misspelt `negate`, which would turn a policy into its opposite. */
function unknownKey(key: string): string {
  const meant = nearest(key, KNOWN)
  return `unknown key ${shown(key)}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** Looks at which keys are there, whether or not their values are right, so that all problems come at once. */
function checkKeys(matcher: Record<string, unknown>, report: (problem: string) => void): void {
  const fields = FIELDS.filter(key => key in matcher)
  const conditions = CONDITIONS.filter(key => key in matcher)
  const [field] = fields
  if (field === undefined) report('matcher has no field specified')
  if (fields.length > 1) report(`more than one field is set: ${fields.join(', ')}`)
  if (conditions.length > 1) report(`more than one match condition is set: ${conditions.join(', ')}`)
  if (field === undefined || fields.length > 1) return
  if (ENUM_FIELDS.has(field)) {
    if (conditions.length > 0 && matcher.exists !== true)
      report(`${field} is compared by itself: it takes no match condition but exists: true`)
  } else if (conditions.length === 0) report('matcher has no match condition')
}

type MatcherFields = z.output<z.ZodObject<typeof matcherShape>>

/** The two checks before this one have seen to it that there is one field and, where it needs one, one condition. */
function toMatcher(fields: MatcherFields): Matcher {
  const { negate, case_insensitive: caseInsensitive } = fields
  const word = fields.metric_type ?? fields.aggregation_temporality
  const condition: Condition = word === undefined ? conditionOf(fields) : { kind: 'exact', text: word }
  return { selector: selectorOf(fields), condition, negate, caseInsensitive }
}

function selectorOf(fields: MatcherFields): Selector {
  if (fields.metric_field !== undefined) return { kind: 'metric_field', field: fields.metric_field }
  for (const kind of ATTRIBUTE_SELECTORS) {
    const path = fields[kind]
    if (path !== undefined) return { kind, path }
  }
  return { kind: fields.metric_type === undefined ? 'aggregation_temporality' : 'metric_type' }
}

function conditionOf(fields: MatcherFields): Condition {
  if (fields.exists !== undefined) return { kind: 'exists', expected: fields.exists }
  if (fields.equals !== undefined) return { kind: 'equals', value: fields.equals }
  for (const kind of TEXT_CONDITIONS) {
    const pattern = fields[kind]
    if (pattern !== undefined) return { kind, text: pattern }
  }
  for (const kind of NUMERIC_CONDITIONS) {
    const value = fields[kind]
    if (value !== undefined) return { kind, value }
  }
  throw new Error('BUG: a matcher without a condition passed the checks')
}

/** One matcher. Issues are in the words of the specification's own engines, where those have any. */
export const matcherSchema = withEitherKeys(
  z
    .strictObject(matcherShape, {
      error: issue =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map(unknownKey).join('; ')
          : `expected a field and a match condition, got ${shown(issue.input)}`,
    })
    .superRefine(
      (matcher, context) => checkKeys(matcher, message => context.addIssue({ code: 'custom', message })),
      { when: payload => isRecord(payload.value) },
    )
    .transform(toMatcher),
)
