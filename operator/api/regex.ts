import * as z from 'zod'
import { withRules } from './rules.ts'

/**
 * An RE2 expression of at most `lengthMax` characters. In TypeScript nothing is checked here: `validateGate` asks the
 * proxy's own schema.
 */
export function regexSchema(lengthMax: number) {
  return withRules(z.string().max(lengthMax), [
    {
      // `matches` is RE2 in the API server as well: a pattern that does not compile is an evaluation error, so a refusal.
      // Not wrapped in ^(?s:…)$ as Prometheus wraps it: the message quotes it as it was written, and the estimated cost
      // of the rule leaves room for longer patterns.
      cel: "type(''.matches(self)) == bool",
      message: 'regex is an RE2 expression',
    },
  ])
}
