import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { metricGateDefinition } from '../../crds/definition.ts'
import { type StructuralSchema, structuralSchema } from '../../crds/structural-schema.ts'

describe('from zod to a structural schema', () => {
  test('bounds stay, and the default is said in the description too, for kubectl explain', () => {
    const schema = z.int().min(1).max(9).default(3).describe('How many.')
    expect(structuralSchema(schema)).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 9,
      default: 3,
      description: 'How many. Default: 3.',
    })
  })

  test('within a list there are no defaults but in the description: lists are compared as a whole by GitOps tools', () => {
    const item = z.object({ a: z.int().default(1).describe('One.') })
    expect(structuralSchema(z.array(item))).toEqual({
      type: 'array',
      items: { type: 'object', properties: { a: { type: 'integer', description: 'One. Default: 1.' } } },
    })
  })

  test('what JavaScript can count is no bound', () => {
    expect(structuralSchema(z.int())).toEqual({ type: 'integer' })
  })

  test('a field with a default is not required; unknown fields are the business of the API server', () => {
    const schema = z.strictObject({ a: z.string(), b: z.string().default('x'), c: z.string().optional() })
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'string' }, b: { type: 'string', default: 'x' }, c: { type: 'string' } },
    })
  })

  test('a map keeps the schema of its values', () => {
    expect(structuralSchema(z.record(z.string(), z.int()))).toEqual({
      type: 'object',
      additionalProperties: { type: 'integer' },
    })
  })

  test('a number or string has no type', () => {
    const schema = z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true })
    expect(structuralSchema(schema)).toEqual({ 'x-kubernetes-int-or-string': true })
  })

  test('an object may default to what its fields default to', () => {
    const schema = z.object({ a: z.int().default(1) }).prefault({})
    expect(structuralSchema(schema)).toMatchObject({ default: {}, properties: { a: { default: 1 } } })
  })

  test.each([
    ['a literal', z.literal('x')],
    ['a plain union', z.union([z.int(), z.string()])],
    ['a tuple', z.tuple([z.int()])],
  ])('%s is more than a structural schema can say', (_title, schema) => {
    expect(() => structuralSchema(schema)).toThrow('a structural schema cannot have')
  })
})

/** Every schema in the definition, with its path. */
function* schemas(schema: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  yield [path, schema]
  for (const [name, property] of Object.entries(
    (schema.properties ?? {}) as Record<string, StructuralSchema>,
  )) {
    yield* schemas(property, `${path}.${name}`)
  }
  for (const keyword of ['items', 'additionalProperties']) {
    const inner = schema[keyword] as StructuralSchema | undefined
    if (inner !== undefined) yield* schemas(inner, `${path}[]`)
  }
}

describe('the schema of MetricGate', () => {
  const { versions } = metricGateDefinition().spec as {
    versions: [{ schema: { openAPIV3Schema: StructuralSchema } }]
  }
  const all = [...schemas(versions[0].schema.openAPIV3Schema, '')]

  test('every field says what it is', () => {
    const fields = all.filter(([path]) => !path.endsWith('[]') && !path.startsWith('.metadata'))
    expect(fields.filter(([, { description }]) => description === undefined)).toEqual([])
  })

  test('every list and map has a bound and, if it is a list, says how it merges', () => {
    const unbounded = all.filter(
      ([, schema]) =>
        (schema.type === 'array' && !(schema.maxItems && schema['x-kubernetes-list-type'])) ||
        (schema.additionalProperties !== undefined && schema.maxProperties === undefined),
    )
    expect(unbounded).toEqual([])
  })

  test('every string that a user writes has a bound', () => {
    const unbounded = all.filter(
      ([path, { type, enum: values, maxLength }]) =>
        path.startsWith('.spec') && type === 'string' && values === undefined && maxLength === undefined,
    )
    expect(unbounded).toEqual([])
  })
})
