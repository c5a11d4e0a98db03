import { RE2JS } from 're2js'

/** Whether a text has what is looked for. */
export type TextTest = (text: string) => boolean

/**
 * Looks for a pattern anywhere in a text, in RE2's syntax. Without regard to case, letters are equal that have the same
 * Unicode simple folding.
 *
 * @throws {Error} of re2js if the pattern is not valid
 */
export function compileSearch(pattern: string, caseInsensitive: boolean): TextTest {
  const compiled = RE2JS.compile(pattern, caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0)
  return text => compiled.test(text)
}
