import * as z from 'zod'
import { REGEX_SIZE_MAX } from '../limits.ts'
import { compileSearch } from '../match/search.ts'
import { shown } from './shown.ts'

const REPETITION = /\{(?:\d+,)?(\d+)\}/g

/**
 * An upper bound of the size of the program that RE2 makes of a pattern, before it is made: its characters, times its
 * largest repetition. Nested repetitions multiply, but RE2 itself refuses more than 1000 in all.
 */
export function regexSize(pattern: string): number {
  const counts = [...pattern.matchAll(REPETITION)].map(([, count]) => Number(count))
  const nested = counts.reduce((product, count) => Math.min(1000, product * Math.max(1, count)), 1)
  return pattern.length * nested
}

function isPattern(pattern: string): boolean {
  try {
    compileSearch(pattern, false)
    return true
  } catch {
    return false
  }
}

/** A pattern that RE2 accepts. */
export const regexSchema = z
  .string({ error: issue => `expected regex to be text, got ${shown(issue.input)}` })
  .superRefine((pattern, context) => {
    if (regexSize(pattern) > REGEX_SIZE_MAX)
      context.addIssue({ code: 'custom', message: `regex is too large: ${shown(pattern)}` })
    // In the words that the specification's conformance suite compares byte by byte.
    else if (!isPattern(pattern)) context.addIssue({ code: 'custom', message: `invalid regex "${pattern}"` })
  })
