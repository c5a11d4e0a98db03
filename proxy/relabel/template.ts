/**
 * The text that each group of a match took: element 0 is the whole match; undefined is a group that took no part.
 */
export type Groups = readonly (string | undefined)[]

/** A compiled replacement template. */
export interface Template {
  /** The text that every expansion gives, when the template refers to no group; else undefined. */
  readonly constant: string | undefined
  /** Fills in the groups of one match. */
  readonly expand: (groups: Groups) => string
}

/** The capturing groups of a pattern: how many (the whole match is not counted), and the number of each named one. */
export interface GroupNames {
  readonly count: number
  readonly byName: ReadonlyMap<string, number>
}

/** Text as it is, or the number of a group. */
type Part = string | number

/** A reference after its `$`: `{name}` or the longest run of letters, digits and underscores. */
const REFERENCE = /(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/uy

/**
 * Compiles a template by the rules of Go's regexp.Expand: `$name`, `${name}`, `$1`, `${1}` and `$$`; `$1x` is the
 * group named "1x"; a group that is unknown or took no part is empty; a malformed `$` stays as it is.
 */
export function compileTemplate(template: string, names: GroupNames): Template {
  const parts = parseTemplate(template, names)
  if (parts.every(part => typeof part === 'string')) {
    const constant = parts.join('')
    return { constant, expand: () => constant }
  }
  return { constant: undefined, expand: groups => expandParts(parts, groups) }
}

function parseTemplate(template: string, names: GroupNames): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < template.length) {
    const dollar = template.indexOf('$', at)
    if (dollar === -1) {
      parts.push(template.slice(at))
      break
    }
    parts.push(template.slice(at, dollar))
    const { part, end } = parseDollar(template, dollar + 1, names)
    parts.push(part)
    at = end
  }
  return parts
}

/** Parses what follows a `$`, from index `at`. */
function parseDollar(template: string, at: number, names: GroupNames): { part: Part; end: number } {
  if (template[at] === '$') return { part: '$', end: at + 1 }
  REFERENCE.lastIndex = at
  const reference = REFERENCE.exec(template)
  if (reference === null) return { part: '$', end: at }
  const name = reference[1] ?? reference[2] ?? ''
  return { part: resolveReference(name, names) ?? '', end: at + reference[0].length }
}

/**
 * The group that a reference means; undefined if there is none. A number has no leading zero and fewer than ten
 * digits, else it is a name.
 */
function resolveReference(name: string, names: GroupNames): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return names.byName.get(name)
  return Number(name) <= names.count ? Number(name) : undefined
}

function expandParts(parts: readonly Part[], groups: Groups): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : (groups[part] ?? '')
  return text
}
