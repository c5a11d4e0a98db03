import * as z from 'zod'
import { METRIC_FIELDS, METRIC_TYPES, TEMPORALITIES } from '../policy.ts'
import { shown } from './shown.ts'

/**
 * A value of a protobuf enumeration: its number, its full name (`METRIC_TYPE_GAUGE`) or its short one (`gauge`). Read
 * as the short one.
 */
function enumeration<Word extends string>(options: {
  /** What all full names begin with. */
  readonly prefix: string
  /** Short names with their numbers in the .proto file. */
  readonly numbers: ReadonlyMap<number, Word>
  /** What it is in messages that nothing else is known for. */
  readonly what: string
  /** What the specification's engines say of the value 0. */
  readonly unspecified: string
}) {
  const { prefix, numbers, what, unspecified } = options
  const words = new Map([...numbers.values()].map(word => [word as string, word]))
  const find = (value: unknown): Word | undefined => {
    if (typeof value === 'number' || typeof value === 'bigint') return numbers.get(Number(value))
    if (typeof value !== 'string') return undefined
    return words.get((value.startsWith(prefix) ? value.slice(prefix.length) : value).toLowerCase())
  }
  return z.unknown().transform((value, context): Word => {
    const word = find(value)
    if (word !== undefined) return word
    const isUnspecified = value === 0 || value === `${prefix}UNSPECIFIED` || value === 'unspecified'
    const message = `unknown ${what} ${shown(value)}; expected one of ${[...words.keys()].join(', ')}`
    context.addIssue({ code: 'custom', message: isUnspecified ? unspecified : message })
    return z.NEVER
  })
}

/** Numbers that count up from `first`. */
function counted<Word extends string>(words: readonly Word[], first: number): [number, Word][] {
  return words.map((word, index) => [first + index, word])
}

/** Source: MetricField in metric.proto: descriptor fields from 1 on, the others from 10 on. */
export const metricFieldSchema = enumeration({
  prefix: 'METRIC_FIELD_',
  numbers: new Map([...counted(METRIC_FIELDS.slice(0, 3), 1), ...counted(METRIC_FIELDS.slice(3), 10)]),
  what: 'metric_field',
  unspecified: 'field is unspecified',
})

/** Source: MetricType in metric.proto. */
export const metricTypeSchema = enumeration({
  prefix: 'METRIC_TYPE_',
  numbers: new Map(counted(METRIC_TYPES, 1)),
  what: 'metric_type',
  unspecified: 'metricType is unspecified',
})

/** Source: AggregationTemporality in metric.proto. */
export const temporalitySchema = enumeration({
  prefix: 'AGGREGATION_TEMPORALITY_',
  numbers: new Map(counted(TEMPORALITIES, 1)),
  what: 'aggregation_temporality',
  unspecified: 'aggregationTemporality is unspecified',
})
