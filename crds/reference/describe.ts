import type { StructuralSchema } from '../structural-schema.ts'

/** A field of the API, as its table shows it. */
export interface FieldDescription {
  readonly name: string
  readonly type: string
  readonly required: boolean
  /** As one writes it; undefined: there is none. */
  readonly defaultValue: string | undefined
  readonly description: string
  /** What else holds of the value: its words, bounds and form, and the rules about it; one sentence each, without a full stop. */
  readonly constraints: readonly string[]
}

/** The objects that a schema is about: itself, what its items are, or what the values of a map are. */
export function objectWithin(
  schema: StructuralSchema,
): { schema: StructuralSchema; suffix: string } | undefined {
  if (isSchema(schema.properties)) return { schema, suffix: '' }
  if (isSchema(schema.items) && isSchema(schema.items.properties))
    return { schema: schema.items, suffix: '[]' }
  return undefined
}

/** Describes one property of an object. Pure. */
export function describeField(
  name: string,
  schema: StructuralSchema,
  parent: StructuralSchema,
): FieldDescription {
  const { description, defaultValue } = splitDefault(schema)
  const items = isSchema(schema.items) ? schema.items : undefined
  const values = isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined
  return {
    name,
    type: typeOf(schema),
    required: Array.isArray(parent.required) && parent.required.includes(name),
    defaultValue,
    description,
    constraints: [
      ...boundsOf(schema),
      // Those of an object stand under its own table.
      ...(isSchema(schema.properties) ? [] : rulesOf(schema)),
      ...(items === undefined || isSchema(items.properties) ? [] : each('each: ', items)),
      ...(values === undefined ? [] : each('each value: ', values)),
    ],
  }
}

/** The messages of the rules that the API server enforces on a value. Pure. */
export function rulesOf(schema: StructuralSchema): string[] {
  const rules = schema['x-kubernetes-validations']
  return Array.isArray(rules) ? rules.map(({ message }: { message: string }) => message) : []
}

function each(prefix: string, schema: StructuralSchema): string[] {
  return [...boundsOf(schema), ...rulesOf(schema)].map(constraint => `${prefix}${constraint}`)
}

/** Descriptions end with the default, since `kubectl explain` shows no other. */
function splitDefault(schema: StructuralSchema): Pick<FieldDescription, 'description' | 'defaultValue'> {
  const text = String(schema.description ?? '')
  const [, description, defaultValue] = /^(.*?) Default: ([^ ]+)\.$/s.exec(text) ?? []
  if (description !== undefined) return { description, defaultValue }
  const value = schema.default
  const isShown = value !== undefined && JSON.stringify(value) !== '{}'
  return { description: text, defaultValue: isShown ? JSON.stringify(value) : undefined }
}

function typeOf(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string'
  if (isSchema(schema.items)) return `list of ${typeOf(schema.items)}`
  if (isSchema(schema.additionalProperties)) return `map of ${typeOf(schema.additionalProperties)}`
  return String(schema.type)
}

function boundsOf(schema: StructuralSchema): string[] {
  const { enum: words, pattern, format } = schema
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties } = schema
  return [
    ...(Array.isArray(words) ? [`one of ${words.map(word => `\`${word}\``).join(', ')}`] : []),
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...range(undefined, maxProperties, ' entries'),
    ...(format === 'date-time' ? ['a time (RFC 3339)'] : []),
    ...(pattern === undefined ? [] : [`matches \`${pattern}\``]),
  ]
}

function range(min: unknown, max: unknown, what: string): string[] {
  if (min === undefined && max === undefined) return []
  if (max === undefined) return [`at least ${min}${what}`]
  if (min === undefined) return [`at most ${max}${what}`]
  return [`${min} to ${max}${what}`]
}

function isSchema(value: unknown): value is StructuralSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
