import { parse } from 'yaml'

/** One value of the chart: `webhook.port`, its default as JSON, and what it does. */
export interface DescribedValue {
  readonly path: string
  readonly fallback: string
  readonly description: string
}

const KEY = /^( *)([A-Za-z][A-Za-z0-9]*):/
const COMMENT = /^ *# ?(.*)$/

/**
 * Reads what values.yaml says of its values: the comment above a key describes it and all below it. A key without a comment is a
 * group, whose members have their own.
 * @throws Error naming a value that no comment describes
 */
export function describeValues(text: string): DescribedValue[] {
  const values: unknown = parse(text)
  const described: DescribedValue[] = []
  const path: { readonly key: string; readonly indent: number; readonly isDescribed: boolean }[] = []
  let comment: string[] = []
  for (const line of text.split('\n')) {
    const remark = COMMENT.exec(line)?.[1]
    if (remark !== undefined) {
      comment.push(remark)
      continue
    }
    const [, { length: indent } = '', key] = KEY.exec(line) ?? []
    if (key !== undefined) {
      while ((path.at(-1)?.indent ?? -1) >= indent) path.pop()
      const isInDescribed = path.some(({ isDescribed }) => isDescribed)
      path.push({ key, indent, isDescribed: isInDescribed || comment.length > 0 })
      const keys = path.map(({ key }) => key)
      if (!isInDescribed && comment.length > 0) described.push(describe(keys, comment, values))
    }
    comment = []
  }
  assertAllDescribed(values, described)
  return described
}

/** The values as a table in Markdown. */
export function valuesTable(values: readonly DescribedValue[]): string {
  const rows = values.map(
    ({ path, fallback, description }) =>
      `| \`${path}\` | ${fallback} | ${description.replaceAll('|', '\\|')} |`,
  )
  return ['| value | default | what it does |', '|---|---|---|', ...rows, ''].join('\n')
}

function describe(path: readonly string[], comment: readonly string[], values: unknown): DescribedValue {
  const value = path.reduce((parent, key) => (parent as Readonly<Record<string, unknown>>)[key], values)
  const fallback = value === '' ? '' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``
  return { path: path.join('.'), fallback, description: comment.join(' ') }
}

function assertAllDescribed(values: unknown, described: readonly DescribedValue[]): void {
  const paths = new Set(described.map(({ path }) => path))
  const visit = (value: unknown, path: string): void => {
    if (paths.has(path)) return
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isGroup || Object.keys(value).length === 0)
      throw new Error(`values.yaml: no comment describes ${path}`)
    for (const [key, child] of Object.entries(value)) visit(child, path === '' ? key : `${path}.${key}`)
  }
  visit(values, '')
}
