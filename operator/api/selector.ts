import * as z from 'zod'
import { mapOf, withRules } from './rules.ts'

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Is `key` the key of a label, as Kubernetes defines it: an optional DNS prefix and "/", then up to 63 characters. */
export function isLabelKey(key: string): boolean {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  const prefixIsValid =
    parts.length === 1 ||
    (parts.length === 2 && key.length - name.length <= 254 && DNS_SUBDOMAIN.test(parts[0] ?? ''))
  return prefixIsValid && name.length <= 63 && NAME_PART.test(name)
}

const labelValueSchema = withRules(z.string().max(63), [
  {
    cel: '!format.labelValue().validate(self).hasValue()',
    holds: value => LABEL_VALUE.test(value),
    message:
      "a label's value is made of letters, digits, '-', '_' and '.', and begins and ends with a letter or digit",
  },
])

/** Labels of an object: keys and values as Kubernetes defines them. */
export const labelsSchema = withRules(mapOf(labelValueSchema, 32), [
  {
    cel: 'self.all(key, !format.qualifiedName().validate(key).hasValue())',
    holds: labels => Object.keys(labels).every(isLabelKey),
    message: "a label's key is a name such as app, or a prefix and a name such as app.kubernetes.io/name",
  },
])

const expressionSchema = withRules(
  z.object({
    key: withRules(z.string().max(317), [
      {
        cel: '!format.qualifiedName().validate(self).hasValue()',
        holds: isLabelKey,
        message: 'key is the key of a label, such as app.kubernetes.io/name',
      },
    ]).describe('Key of the label that is looked at.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .describe(
        'What is asked of the label: a value in `values`, none of them, that it is there, that it is not.',
      ),
    values: z
      .array(labelValueSchema)
      .max(32)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Values for In and NotIn. Must be absent with Exists and DoesNotExist.')
      .optional(),
  }),
  [
    {
      cel: "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : !has(self.values) || self.values.size() == 0",
      holds: ({ operator, values = [] }) => (operator === 'In' || operator === 'NotIn') === values.length > 0,
      message: 'operators In and NotIn need values; Exists and DoesNotExist take none',
      field: 'values',
    },
  ],
)

/** A label selector, as `metav1.LabelSelector`, checked like one: the API server refuses a wrong one here and not in a webhook. */
export const selectorSchema = z
  .object({
    matchLabels: labelsSchema.describe('Labels, with their values, that a pod must have.').optional(),
    matchExpressions: z
      .array(expressionSchema)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Further conditions on labels; all of them must hold.')
      .optional(),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' })

/** A label selector. */
export type LabelSelector = z.output<typeof selectorSchema>

/** Does the selector name any label at all? An empty one matches every pod of the namespace. */
export function selectsByLabel(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) > 0
}

/** Does the selector name labels with their values, and nothing else? A Service can select by no other. */
export function selectsByEquality(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length > 0 && (selector.matchExpressions?.length ?? 0) === 0
}
