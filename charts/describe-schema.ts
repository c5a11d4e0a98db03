import type { DescribedValue } from './values-table.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

/**
 * Puts the descriptions of values into their schema, where editors look for them.
 * @param text of values.schema.json
 * @throws Error naming a value that the schema does not know
 */
export function describeSchema(text: string, values: readonly DescribedValue[]): string {
  const described = values.reduce(
    (schema, { path, description }) => withDescription(schema, path.split('.'), path, description),
    JSON.parse(text) as Schema,
  )
  return `${JSON.stringify(described, null, 2)}\n`
}

function withDescription(
  schema: Schema,
  [key, ...rest]: readonly string[],
  path: string,
  description: string,
): Schema {
  if (key === undefined) return { ...schema, description }
  const member = schema.properties?.[key]
  if (member === undefined) throw new Error(`values.schema.json does not know ${path}`)
  const properties = { ...schema.properties, [key]: withDescription(member, rest, path, description) }
  return { ...schema, properties }
}
