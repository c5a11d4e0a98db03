import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { renderDefinition, rootSchema } from '../../crds/definition.ts'
import { describeField, type FieldDescription } from '../../crds/reference/describe.ts'
import { renderReference } from '../../crds/reference/render.ts'
import { renderApiReference } from '../../crds/reference.ts'
import type { StructuralSchema } from '../../crds/structural-schema.ts'

/** What `kubectl apply` without `--server-side` writes into an annotation is at most 256 KiB; a quarter of that is left to grow into. */
const DEFINITION_BYTES_MAX = 192 * 1024

interface Field {
  readonly path: string
  readonly schema: StructuralSchema
}

/** Every field with a name, at any depth. */
function fields(path: string, schema: StructuralSchema): Field[] {
  const below = [schema, schema.items, schema.additionalProperties].filter(
    (part): part is StructuralSchema => typeof part === 'object' && part !== null,
  )
  return below.flatMap(part =>
    Object.entries((part.properties ?? {}) as Record<string, StructuralSchema>).flatMap(
      ([name, property]) => [
        { path: `${path}.${name}`, schema: property },
        ...fields(`${path}.${name}`, property),
      ],
    ),
  )
}

const all = ['spec', 'status'].flatMap(part =>
  fields(part, (rootSchema().properties as Record<string, StructuralSchema>)[part] ?? {}),
)

test('the published reference is the one that the schema makes (else run: npm run generate)', () => {
  const file = new URL('../../docs/api.md', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(renderApiReference())
})

test('every field has a description, for kubectl explain', () => {
  expect(all.length).toBeGreaterThan(100)
  const without = all.filter(({ schema }) => !/^[A-Z].*\.$/s.test(String(schema.description)))
  expect(without.map(({ path }) => path)).toEqual([])
})

test('every field is in the reference', () => {
  const text = renderApiReference()
  const names = new Set(all.map(({ path }) => path.split('.').at(-1)))
  expect([...names].filter(name => !text.includes(`\n| \`${name}\` |`))).toEqual([])
})

test('every link within the reference leads to a heading', () => {
  const text = renderApiReference()
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, ''),
  )
  const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target)
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter(target => !headings.includes(target ?? ''))).toEqual([])
})

test('the definition can be applied by any means', () => {
  expect(Buffer.byteLength(renderDefinition())).toBeLessThan(DEFINITION_BYTES_MAX)
})

describe('a field', () => {
  const cases: { of: StructuralSchema; shows: Partial<FieldDescription> }[] = [
    {
      of: { type: 'string', description: 'A. Default: B.' },
      shows: { description: 'A.', defaultValue: 'B' },
    },
    {
      of: { type: 'string', description: 'A. Default: B or C.' },
      shows: { description: 'A. Default: B or C.', defaultValue: undefined },
    },
    {
      of: { type: 'array', items: { type: 'string' }, default: [] },
      shows: { defaultValue: '[]', type: 'list of string' },
    },
    { of: { type: 'object', default: {} }, shows: { defaultValue: undefined } },
    { of: { type: 'object', additionalProperties: { type: 'string' } }, shows: { type: 'map of string' } },
    { of: { 'x-kubernetes-int-or-string': true }, shows: { type: 'integer or string' } },
    { of: { type: 'string', enum: ['A', 'B'] }, shows: { constraints: ['one of `A`, `B`'] } },
    { of: { type: 'integer', minimum: 1, maximum: 3 }, shows: { constraints: ['1 to 3'] } },
    { of: { type: 'integer', minimum: 0 }, shows: { constraints: ['at least 0'] } },
    { of: { type: 'string', pattern: '^a$' }, shows: { constraints: ['matches `^a$`'] } },
    {
      of: { type: 'array', maxItems: 2, items: { type: 'string', maxLength: 5 } },
      shows: { constraints: ['at most 2 items', 'each: at most 5 characters'] },
    },
    {
      of: { type: 'string', 'x-kubernetes-validations': [{ rule: 'true', message: 'must be so' }] },
      shows: { constraints: ['must be so'] },
    },
  ]

  test.each(cases)('$of', ({ of, shows }) => {
    expect(describeField('x', of, {})).toMatchObject(shows)
  })

  test('that its object requires', () => {
    expect(describeField('x', { type: 'string' }, { required: ['x'] }).required).toBe(true)
  })

  test('stays within its cell, and is no HTML', () => {
    const x = { type: 'string', description: 'Either a|b or <c>.', pattern: '^(a|b)$' }
    const text = renderReference({ properties: { spec: { properties: { x } }, status: { properties: {} } } })
    expect(text).toContain('| `x` | string |  | Either a\\|b or &lt;c>.<br>– matches `^(a\\|b)$` |\n')
  })
})
