import { RE2JS } from 're2js'
import { messageOf } from '../errors.ts'
import { recogniseShape, type Shape } from './regex-shape.ts'
import type { GroupNames, Groups, Template } from './template.ts'

/** A pattern that RE2 refuses. The message is RE2's own. */
export class RegexSyntaxError extends Error {
  readonly code = 'E_REGEX_SYNTAX'
  override readonly name = 'RegexSyntaxError'
}

/** A compiled pattern that must match a whole value, with RE2's syntax and linear time. */
export interface RelabelRegex {
  readonly groups: GroupNames
  /** The finite set of values that it matches, when the pattern is plain words; else undefined. */
  readonly words: readonly string[] | undefined
  /** Whether the value matches. */
  readonly test: (value: string) => boolean
  /** The groups of the match; undefined when the value does not match. */
  readonly match: (value: string) => Groups | undefined
  /** Replaces every match by the template's expansion, as Go's ReplaceAllString does. */
  readonly replaceAll: (value: string, template: Template) => string
}

/**
 * Compiles a pattern as Prometheus does: RE2 syntax, anchored at both ends, `.` matches newlines.
 * Source: NewRegexp in Prometheus' model/relabel/relabel.go.
 *
 * @throws RegexSyntaxError
 */
export function compileRegex(source: string): RelabelRegex {
  const shape = recogniseShape(source)
  return shape === undefined ? compileWithRe2(source) : fromShape(shape)
}

/** Fast path: plain string operations, equal to what RE2 does with the same pattern. */
function fromShape(shape: Shape): RelabelRegex {
  return {
    groups: { count: shape.groupCount, byName: new Map() },
    words: shape.words,
    test: shape.test,
    match: shape.match,
    replaceAll: (value, template) => {
      const groups = shape.match(value)
      return groups === undefined ? value : template.expand(groups)
    },
  }
}

/** Slow path: any pattern. Exported so that a property test can hold the fast paths equal to it. */
export function compileWithRe2(source: string): RelabelRegex {
  const pattern = parse(source)
  const groups: GroupNames = {
    count: pattern.groupCount(),
    byName: new Map(Object.entries(pattern.namedGroups())),
  }
  return {
    groups,
    words: undefined,
    test: value => pattern.test(value),
    match: value => find(pattern, value, 0, groups.count)?.groups,
    replaceAll: (value, template) => replaceEveryMatch(pattern, value, template, groups.count),
  }
}

function parse(source: string): RE2JS {
  try {
    return RE2JS.compile(`^(?s:${source})$`)
  } catch (cause) {
    throw new RegexSyntaxError(messageOf(cause), { cause })
  }
}

interface Match {
  readonly start: number
  readonly end: number
  readonly groups: Groups
}

function find(pattern: RE2JS, value: string, from: number, groupCount: number): Match | undefined {
  const matcher = pattern.matcher(value)
  if (!matcher.find(from)) return undefined
  const groups: (string | undefined)[] = []
  for (let group = 0; group <= groupCount; group++) groups.push(matcher.group(group) ?? undefined)
  return { start: matcher.start(), end: matcher.end(), groups }
}

/**
 * Go's ReplaceAllString. The anchors bind to the first and the last alternative only in a pattern such as `a)|(?:b`,
 * which Prometheus accepts, so there can be several matches, and text between them.
 */
function replaceEveryMatch(pattern: RE2JS, value: string, template: Template, groupCount: number): string {
  let replaced = ''
  let copied = 0
  let from = 0
  while (from <= value.length) {
    const match = find(pattern, value, from, groupCount)
    if (match === undefined) break
    replaced += value.slice(copied, match.start)
    const emptyAfterMatch = match.end === copied && match.start > 0
    if (!emptyAfterMatch) replaced += template.expand(match.groups)
    copied = match.end
    from = Math.max(match.end, nextCodePoint(value, from))
  }
  return replaced + value.slice(copied)
}

function nextCodePoint(value: string, at: number): number {
  return at + ((value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)
}
