import * as z from 'zod'
import { regexSchema } from './regex.ts'
import { type Rule, withRules } from './rules.ts'

/** The actions as Prometheus writes them, and in the camel case that ServiceMonitor accepts too. */
const ACTIONS = [
  ...(['replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod', 'labelmap'] as const),
  ...(['labeldrop', 'labelkeep', 'lowercase', 'uppercase'] as const),
  ...(['Replace', 'Keep', 'Drop', 'KeepEqual', 'DropEqual', 'HashMod', 'LabelMap'] as const),
  ...(['LabelDrop', 'LabelKeep', 'Lowercase', 'Uppercase'] as const),
] as const

const relabelFields = z.object({
  action: z
    .enum(ACTIONS)
    .default('replace')
    .describe(
      'What the rule does. keep, drop: the series, by regex. keepequal, dropequal: the series, by comparison with targetLabel. ' +
        'labelkeep, labeldrop: labels, by regex on their names. replace, lowercase, uppercase, hashmod: set targetLabel. ' +
        'labelmap: copy the labels whose names match regex.',
    ),
  sourceLabels: z
    .array(z.string().min(1).max(256))
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Labels whose values, joined by separator, the rule looks at. An absent label counts as empty.')
    .optional(),
  separator: z
    .string()
    .max(64)
    .describe('Placed between the values of sourceLabels. Default: ";".')
    .optional(),
  regex: regexSchema(8192)
    .describe(
      'RE2 expression that must match the whole of the joined values (or of a label name). Default: "(.*)".',
    )
    .optional(),
  modulus: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .meta({ format: 'int64' })
    .describe('Number of buckets of hashmod; other actions do not use it.')
    .optional(),
  targetLabel: z
    .string()
    .max(1024)
    .describe('Label that the rule sets. With replace it may contain groups of regex: $1.')
    .optional(),
  replacement: z
    .string()
    .max(1024)
    .describe('Value to set (labelmap: name to copy to), with groups of regex such as $1. Default: "$1".')
    .optional(),
})

type RelabelFields = z.output<typeof relabelFields>
type Field = Exclude<keyof RelabelFields, 'action'>

/** Within a list the API server fills in no defaults. */
const ACTION = "(has(self.action) ? self.action : 'replace').lowerAscii()"

/** Actions that need the field, after `Config.Validate` of Prometheus, model/relabel/relabel.go. */
const NEEDS: readonly { field: Field; actions: readonly string[]; message: string }[] = [
  {
    field: 'targetLabel',
    actions: ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'],
    message:
      'replace (the default action), hashmod, lowercase, uppercase, keepequal and dropequal need targetLabel',
  },
  {
    field: 'modulus',
    actions: ['hashmod'],
    message: 'hashmod needs modulus, the number of buckets, 1 or more',
  },
]

/** Actions that refuse the field unless it has its default value (from the same function), or even then. */
const REFUSES: readonly { field: Field; actions: readonly string[]; byDefault?: string | number }[] = [
  { field: 'sourceLabels', actions: ['labeldrop', 'labelkeep'] },
  { field: 'targetLabel', actions: ['labeldrop', 'labelkeep'], byDefault: '' },
  { field: 'regex', actions: ['keepequal', 'dropequal'] },
  { field: 'separator', actions: ['labeldrop', 'labelkeep', 'keepequal', 'dropequal'], byDefault: ';' },
  { field: 'modulus', actions: ['labeldrop', 'labelkeep', 'keepequal', 'dropequal'], byDefault: 0 },
  {
    field: 'replacement',
    actions: ['labeldrop', 'labelkeep', 'keepequal', 'dropequal', 'lowercase', 'uppercase'],
    byDefault: '$1',
  },
]

const LABELMAP_NEEDS_NAME: Rule<RelabelFields> = {
  cel: `${ACTION} != 'labelmap' || !has(self.replacement) || self.replacement != ''`,
  holds: config => config.action.toLowerCase() !== 'labelmap' || config.replacement !== '',
  message: 'labelmap copies to the label that replacement names: it cannot be empty',
  field: 'replacement',
}

function needs({ field, actions, message }: (typeof NEEDS)[number]): Rule<RelabelFields> {
  const empty = field === 'modulus' ? 0 : ''
  return {
    cel: `!(${isOneOf(actions)}) || (has(self.${field}) && self.${field} != ${literal(empty)})`,
    holds: config => !actions.includes(config.action.toLowerCase()) || (config[field] ?? empty) !== empty,
    message,
    field,
    reason: 'FieldValueRequired',
  }
}

function refuses({ field, actions, byDefault }: (typeof REFUSES)[number]): Rule<RelabelFields> {
  const isDefault = byDefault === undefined ? '' : ` || self.${field} == ${literal(byDefault)}`
  return {
    cel: `!(${isOneOf(actions)}) || !has(self.${field})${isDefault}`,
    holds: config =>
      !actions.includes(config.action.toLowerCase()) ||
      config[field] === undefined ||
      config[field] === byDefault,
    message: `${actions.join(', ')} cannot have ${field}: remove it`,
    field,
    reason: 'FieldValueForbidden',
  }
}

function isOneOf(actions: readonly string[]): string {
  return `${ACTION} in [${actions.map(literal).join(', ')}]`
}

function literal(value: string | number): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/**
 * One relabelling rule, spelled as in ServiceMonitor and checked as Prometheus checks it (UTF-8 label names). What
 * the user left out stays out: the proxy fills in Prometheus' defaults.
 */
export const relabelConfigSchema = withRules(relabelFields, [
  ...NEEDS.map(needs),
  ...REFUSES.map(refuses),
  LABELMAP_NEEDS_NAME,
])

/** One relabelling rule as it stands in a MetricGate. */
export type RelabelConfig = z.output<typeof relabelConfigSchema>

/** Rules of one output, in the order in which they run. */
export const metricRelabelingsSchema = z
  .array(relabelConfigSchema)
  .max(100)
  .meta({ 'x-kubernetes-list-type': 'atomic' })
