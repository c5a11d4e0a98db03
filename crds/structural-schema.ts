import * as z from 'zod'

/** JSON Schema, as far as a CustomResourceDefinition may use it. */
export interface StructuralSchema {
  readonly [keyword: string]: unknown
}

/** Keywords that zod writes and a structural schema does not have: the API server prunes unknown fields itself. */
const LEFT_OUT = new Set(['$schema', 'propertyNames'])
const PLAIN_KEYWORDS: readonly string[] = [
  ...['description', 'type', 'format', 'default', 'enum', 'pattern', 'required'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties'],
]
const INT_OR_STRING = 'x-kubernetes-int-or-string'

/**
 * The structural schema (`apiextensions.k8s.io/v1`) that accepts what the zod schema accepts as input. Metadata of the
 * zod schema under `x-kubernetes-…` is carried over. Throws where zod uses a keyword that Kubernetes would refuse.
 *
 * What stands in a list gets no defaults from the API server, only from the operator. GitOps tools compare lists as a whole with
 * those in Git (Argo CD's docs, "Diff Strategies"), and would see a difference that never goes.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return convert(z.toJSONSchema(schema, { io: 'input', reused: 'inline' }), { inList: false })
}

/** Where a schema stands. */
interface Place {
  readonly inList: boolean
}

function convert(schema: unknown, place: Place): StructuralSchema {
  if (!isSchema(schema)) throw new TypeError(`BUG: not a JSON schema: ${JSON.stringify(schema)}`)
  const entries = Object.entries(schema)
    .filter(([keyword, value]) => !isLeftOut(keyword, value, schema))
    .map(([keyword, value]): [string, unknown] => [keyword, convertKeyword(keyword, value, place)])
    .sort(([left], [right]) => rank(left) - rank(right))
  const converted = withDefaultInDescription(Object.fromEntries(entries))
  return place.inList ? withoutDefault(converted) : converted
}

/** `kubectl explain` shows descriptions and no defaults. */
function withDefaultInDescription(schema: StructuralSchema): StructuralSchema {
  const { description, default: value } = schema
  if (typeof description !== 'string' || value === undefined || typeof value === 'object') return schema
  return { ...schema, description: `${description} Default: ${value}.` }
}

function withoutDefault({ default: _, ...schema }: StructuralSchema): StructuralSchema {
  return schema
}

function isLeftOut(keyword: string, value: unknown, schema: StructuralSchema): boolean {
  if (schema[INT_OR_STRING] === true && keyword === 'anyOf') return true
  if (keyword === 'additionalProperties' && value === false) return true
  // zod bounds every integer by what JavaScript can count; Kubernetes states such bounds by the format.
  if (keyword === 'minimum' || keyword === 'maximum')
    return Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER
  return LEFT_OUT.has(keyword)
}

function convertKeyword(keyword: string, value: unknown, place: Place): unknown {
  if (PLAIN_KEYWORDS.includes(keyword) || keyword.startsWith('x-kubernetes-')) return value
  if (keyword === 'items') return convert(value, { inList: true })
  if (keyword === 'additionalProperties') return convert(value, place)
  if (keyword === 'properties' && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, property]) => [name, convert(property, place)]),
    )
  }
  throw new TypeError(`a structural schema cannot have ${keyword}: ${JSON.stringify(value)}`)
}

/** What describes a value comes first, then its rules, then what it is made of. */
function rank(keyword: string): number {
  if (['items', 'properties', 'additionalProperties'].includes(keyword)) return PLAIN_KEYWORDS.length + 1
  const position = PLAIN_KEYWORDS.indexOf(keyword)
  return position === -1 ? PLAIN_KEYWORDS.length : position
}

function isSchema(value: unknown): value is StructuralSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
