import * as z from 'zod'
import { METRIC_FIELDS, METRIC_TYPES, TEMPORALITIES } from '../../proxy/policy/policy.ts'
import { regexSchema } from './regex.ts'
import { type Rule, withRules } from './rules.ts'

/** The short names of an enumeration, and the full ones of the specification. */
function names<const Words extends readonly string[]>(prefix: string, words: Words) {
  return z.enum([...words, ...words.map(word => `${prefix}_${word.toUpperCase()}`)])
}

const text = z.string().max(1024)

const attributePath = z
  .array(z.string().min(1).max(256))
  .min(1)
  .max(8)
  .meta({ 'x-kubernetes-list-type': 'atomic' })

/** How many of the fields are set, in CEL. */
const count = (fields: readonly string[]) =>
  `[${fields.map(field => `has(self.${field})`).join(', ')}].filter(isSet, isSet).size()`

/** How many of the fields are set. */
const countSet = (value: Readonly<Record<string, unknown>>, fields: readonly string[]) =>
  fields.filter(field => value[field] !== undefined).length

function exactlyOne<Value extends Readonly<Record<string, unknown>>>(
  fields: readonly string[],
  what: string,
): Rule<Value> {
  return {
    cel: `${count(fields)} == 1`,
    holds: value => countSet(value, fields) === 1,
    message: `${what} has exactly one of ${fields.join(', ')}`,
  }
}

const numeric = {
  intValue: withRules(z.int().meta({ format: 'int64' }), [
    {
      cel: `self >= ${Number.MIN_SAFE_INTEGER} && self <= ${Number.MAX_SAFE_INTEGER}`,
      holds: Number.isSafeInteger,
      message: 'a whole number is from -(2^53 - 1) to 2^53 - 1: JSON has no more that are exact everywhere',
    },
  ])
    .describe('A whole number.')
    .optional(),
  doubleValue: z.number().describe('A number.').optional(),
}
const numericSchema = withRules(z.object(numeric), [exactlyOne(Object.keys(numeric), 'a number')])

/** As the proxy reads it. */
const BASE64 = /^([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2}(==)?|[A-Za-z0-9+/_-]{3}=?)?$/

const typed = {
  ...numeric,
  boolValue: z.boolean().describe('True or false.').optional(),
  bytesValue: z.string().max(1024).regex(BASE64).describe('Bytes, in Base64.').optional(),
  hexValue: z
    .string()
    .max(1024)
    .regex(/^([0-9a-fA-F]{2})*$/)
    .describe('Bytes, in hexadecimal.')
    .optional(),
}
const typedSchema = withRules(z.object(typed), [exactlyOne(Object.keys(typed), 'a value')])

const FIELDS = [
  'metricField',
  'datapointAttribute',
  'resourceAttribute',
  'scopeAttribute',
  'metricType',
  'aggregationTemporality',
] as const
const CONDITIONS = [
  ...(['exact', 'regex', 'exists', 'startsWith', 'endsWith', 'contains'] as const),
  ...(['equals', 'gt', 'gte', 'lt', 'lte'] as const),
]

const matcherSchema = withRules(
  z.object({
    metricField: names('METRIC_FIELD', METRIC_FIELDS).describe('A field of the metric.').optional(),
    datapointAttribute: attributePath
      .describe('A label, by its name; value and timestamp are the number and the time.')
      .optional(),
    resourceAttribute: attributePath
      .describe('An attribute of the application, by the keys that lead to it.')
      .optional(),
    scopeAttribute: attributePath
      .describe('An attribute of the instrumentation scope: a label otel_scope_….')
      .optional(),
    metricType: names('METRIC_TYPE', METRIC_TYPES)
      .describe('The type of the metric; it is compared by itself.')
      .optional(),
    aggregationTemporality: names('AGGREGATION_TEMPORALITY', TEMPORALITIES)
      .describe('How values are aggregated; it is compared by itself.')
      .optional(),
    exact: text.describe('The text has to be this.').optional(),
    regex: regexSchema(1024).describe('RE2 expression that is looked for in the text.').optional(),
    exists: z.boolean().describe('Whether there has to be anything.').optional(),
    startsWith: text.describe('The text has to begin so.').optional(),
    endsWith: text.describe('The text has to end so.').optional(),
    contains: text.describe('The text has to have this in it.').optional(),
    equals: typedSchema.describe('A value that is no text.').optional(),
    gt: numericSchema.describe('The number has to be above.').optional(),
    gte: numericSchema.describe('The number has to be this or above.').optional(),
    lt: numericSchema.describe('The number has to be below.').optional(),
    lte: numericSchema.describe('The number has to be this or below.').optional(),
    negate: z.boolean().default(false).describe('Inverts the result, that of an absent field as well.'),
    caseInsensitive: z.boolean().default(false).describe('Letters match in either case.'),
  }),
  [
    exactlyOne(FIELDS, 'a matcher'),
    {
      cel: `${count(CONDITIONS)} == (has(self.metricType) || has(self.aggregationTemporality) ? 0 : 1)`,
      holds: matcher => {
        const isCompared = matcher.metricType !== undefined || matcher.aggregationTemporality !== undefined
        return countSet(matcher, CONDITIONS) === (isCompared ? 0 : 1)
      },
      message: `a matcher has exactly one of ${CONDITIONS.join(', ')}; none with metricType and aggregationTemporality`,
    },
  ],
)

/** Telemetry policies with a metric target, in the JSON of the specification's protobuf. */
export const policiesSchema = z
  .array(
    z.object({
      id: z.string().min(1).max(253).describe('Tells the policy from all others, of providers too.'),
      name: z.string().min(1).max(253).describe('For people.'),
      description: z.string().max(1024).describe('Why it is there.').optional(),
      enabled: z.boolean().default(true).describe('Whether it has an effect.'),
      metric: z
        .object({
          match: z
            .array(matcherSchema)
            .min(1)
            .max(16)
            .meta({ 'x-kubernetes-list-type': 'atomic' })
            .describe('All of them have to match.'),
          keep: z
            .boolean()
            .describe(
              'What becomes of samples that match. false: they are dropped, whatever other policies say.',
            ),
        })
        .describe('What it is about, and what becomes of that.'),
    }),
  )
  .max(50)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] })

/** One policy as it stands in a MetricGate. */
export type Policy = z.output<typeof policiesSchema>[number]
