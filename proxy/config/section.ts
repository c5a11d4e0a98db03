import * as z from 'zod'
import { quoted } from './scalars.ts'

/** A part of the configuration that has keys of its own. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: issue => `expected keys and values, got ${quoted(issue.input)}` })

/** One of some words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, {
    error: issue =>
      `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, got ${quoted(issue.input)}`,
  })
