import { GROUP, KIND, PLURAL, VERSION } from '../../operator/api/labels.ts'
import type { StructuralSchema } from '../structural-schema.ts'
import { describeField, type FieldDescription, objectWithin, rulesOf } from './describe.ts'

interface Section {
  /** `spec.targets[]`. */
  readonly path: string
  readonly schema: StructuralSchema
}

/** The reference of the API for people, as Markdown: a table for each object of the schema of a MetricGate. Pure. */
export function renderReference(schema: StructuralSchema): string {
  const { spec, status } = schema.properties as Record<string, StructuralSchema>
  if (spec === undefined || status === undefined) throw new Error('BUG: the schema has no spec or no status')
  const sections = [...sectionsOf('spec', spec), ...sectionsOf('status', status)]
  const paths = new Set(sections.map(({ path }) => path))
  return `${HEAD}\n${schema.description}\n${rules(rulesOf(schema))}\n${sections.map(section => renderSection(section, paths)).join('\n')}`
}

const HEAD = `# API reference

<!-- Generated from crds/ by: npm run generate -->

| | |
|---|---|
| apiVersion | \`${GROUP}/${VERSION}\` |
| kind | \`${KIND}\` |
| resource | \`${PLURAL}.${GROUP}\`, short \`mg\`, namespaced, with the subresource \`status\` |

[The MetricGate resource](metricgate.md) says how the fields play together. \`kubectl explain metricgate.spec --recursive\` shows the same
from the cluster.
`

function sectionsOf(path: string, schema: StructuralSchema): Section[] {
  const object = objectWithin(schema)
  if (object === undefined) return []
  const self = { path: `${path}${object.suffix}`, schema: object.schema }
  const properties = Object.entries(object.schema.properties as Record<string, StructuralSchema>)
  return [self, ...properties.flatMap(([name, property]) => sectionsOf(`${self.path}.${name}`, property))]
}

function renderSection({ path, schema }: Section, paths: ReadonlySet<string>): string {
  const properties = Object.entries(schema.properties as Record<string, StructuralSchema>)
  const rows = properties.map(([name, property]) => row(describeField(name, property, schema), path, paths))
  const head = '| field | type | default | description |\n|---|---|---|---|\n'
  return `## ${path}\n\n${head}${rows.join('')}${rules(rulesOf(schema))}`
}

function row(field: FieldDescription, path: string, paths: ReadonlySet<string>): string {
  const { name, type, required, defaultValue, description, constraints } = field
  const below = [`${path}.${name}`, `${path}.${name}[]`].find(candidate => paths.has(candidate))
  const shownType = below === undefined ? type : `[${type}](#${anchor(below)})`
  const shownDefault = required ? 'required' : defaultValue === undefined ? '' : `\`${defaultValue}\``
  const more = constraints.map(constraint => `<br>– ${constraint}`).join('')
  return `| \`${name}\` | ${shownType} | ${shownDefault} | ${cell(description)}${cell(more)} |\n`
}

function rules(messages: readonly string[]): string {
  if (messages.length === 0) return ''
  return `\nThe API server refuses what breaks one of these rules:\n\n${messages.map(message => `- ${escapeHtml(message)}\n`).join('')}`
}

/** A pipe would end the cell, in code as well. */
function cell(text: string): string {
  return escapeHtml(text).replaceAll('|', '\\|')
}

/** All but line breaks of ours, and code. */
function escapeHtml(text: string): string {
  return text
    .split(/(`[^`]*`|<br>)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('')
}

/** As GitHub makes the anchor of a heading: lower case, without dots and brackets. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, '')
}
