import { RE2JS } from 're2js'
import type { TextConditionKind } from '../policy.ts'
import { compileSearch, type TextTest } from './search.ts'

/** Fast path: the same case on both sides. */
const LITERAL: Readonly<Record<Exclude<TextConditionKind, 'regex'>, (wanted: string) => TextTest>> = {
  exact: wanted => text => text === wanted,
  starts_with: wanted => text => text.startsWith(wanted),
  ends_with: wanted => text => text.endsWith(wanted),
  contains: wanted => text => text.includes(wanted),
}

/** Slow path: either case, as patterns whose folding is RE2's, so that all conditions agree on which letters are equal. */
const PATTERN: Readonly<Record<Exclude<TextConditionKind, 'regex'>, (quoted: string) => string>> = {
  exact: quoted => `\\A(?:${quoted})\\z`,
  starts_with: quoted => `\\A(?:${quoted})`,
  ends_with: quoted => `(?:${quoted})\\z`,
  contains: quoted => quoted,
}

/** The test of a condition on text. */
export function compileText(kind: TextConditionKind, wanted: string, caseInsensitive: boolean): TextTest {
  if (kind === 'regex') return compileSearch(wanted, caseInsensitive)
  return caseInsensitive ? compileSearch(PATTERN[kind](RE2JS.quote(wanted)), true) : LITERAL[kind](wanted)
}
