import * as z from 'zod'
import { nearest } from '../../config/problems.ts'
import { ERROR_CHARACTERS_MAX, ERRORS_MAX, MATCHERS_MAX } from '../limits.ts'
import type { PolicyReading } from '../policy.ts'
import { isRecord, withEitherKeys } from './keys.ts'
import { matcherSchema } from './matcher.ts'
import { shown } from './shown.ts'

const identifier = z
  .string({
    error: issue => (issue.input === undefined ? 'required' : `expected text, got ${shown(issue.input)}`),
  })
  .min(1, { error: 'required' })

const flag = z.boolean({
  error: issue =>
    issue.input === undefined
      ? 'required: true or false'
      : `expected true or false, got ${shown(issue.input)}`,
})

const targetSchema = withEitherKeys(
  z.strictObject(
    {
      match: z
        .array(matcherSchema, { error: issue => `expected a list of matchers, got ${shown(issue.input)}` })
        .max(MATCHERS_MAX, { error: `more than ${MATCHERS_MAX} matchers` })
        .default([]),
      keep: flag,
    },
    {
      error: issue =>
        issue.code === 'unrecognized_keys'
          ? `unknown key ${issue.keys.map(shown).join(', ')}; expected match and keep`
          : `expected match and keep, got ${shown(issue.input)}`,
    },
  ),
).superRefine(
  (target, context) => {
    // In the specification's words, which name no place for it.
    if (Array.isArray(target.match) && target.match.length === 0)
      context.addIssue({ code: 'custom', message: 'no matchers specified' })
  },
  { when: payload => isRecord(payload.value) },
)

const TARGETS = ['log', 'metric', 'trace'] as const

/** Other keys are left for versions of the specification to come, unless they look like a misspelt `enabled`. */
const policySchema = withEitherKeys(
  z
    .looseObject(
      { id: identifier, name: identifier, enabled: flag.default(true), metric: targetSchema.optional() },
      { error: issue => `expected a policy with id, name and metric, got ${shown(issue.input)}` },
    )
    .superRefine(
      (policy, context) => {
        const misspelt = Object.keys(policy).find(key => key !== 'enabled' && nearest(key, ['enabled']))
        if (misspelt !== undefined) {
          const message = `unknown key ${shown(misspelt)}; did you mean enabled?`
          context.addIssue({ code: 'custom', message })
        }
        const targets = TARGETS.filter(target => target in policy)
        if (targets.length === 0) context.addIssue({ code: 'custom', message: 'no target specified' })
        if (targets.length > 1)
          context.addIssue({ code: 'custom', message: `more than one target: ${targets.join(', ')}` })
      },
      { when: payload => isRecord(payload.value) },
    ),
)

/** Where a problem is, as the specification's engines say it: `metric: match[0]`. */
function locate(path: readonly PropertyKey[]): string {
  const [first, second, third] = path
  if (first !== 'metric' || second === undefined) return path.length === 0 ? '' : `${String(first)}: `
  return `metric: ${String(second)}${typeof third === 'number' ? `[${third}]` : ''}: `
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Reads one policy as it stands in YAML or JSON: valid, ignored, or inert with everything that is wrong with it. */
export function readPolicy(input: unknown): PolicyReading {
  const fields = isRecord(input) ? input : {}
  const id = textOf(fields.id)
  const name = textOf(fields.name)
  const others = TARGETS.filter(target => isRecord(fields[target]))
  if (id !== '' && others.length === 1 && others[0] !== 'metric' && others[0] !== undefined)
    return { kind: 'ignored', id, name, target: others[0] }
  const result = policySchema.safeParse(input)
  if (!result.success) {
    const issues = result.error.issues.slice(0, ERRORS_MAX)
    const errors = issues.map(({ path, message }) => (locate(path) + message).slice(0, ERROR_CHARACTERS_MAX))
    return { kind: 'invalid', id, name, errors }
  }
  const { enabled, metric } = result.data
  if (metric === undefined) throw new Error('BUG: a policy without a target passed the checks')
  return { kind: 'metric', policy: { id, name, enabled, matchers: metric.match, keep: metric.keep } }
}
