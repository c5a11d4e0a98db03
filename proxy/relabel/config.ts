import * as z from 'zod'
import {
  type Action,
  actionSchema,
  kindOf,
  labelNamesSchema,
  modulusSchema,
  regexSchema,
  textSchema,
} from './scalars.ts'
import { DEFAULTS, type RelabelFields, validateRelabelFields } from './validation.ts'

/** One relabelling rule, validated, with Prometheus' defaults filled in. */
export interface RelabelConfig extends RelabelFields {
  readonly action: Action
}

/** Rules that Prometheus would refuse. `path` says where, `reason` is the text that Prometheus itself gives. */
export class RelabelConfigError extends Error {
  readonly code = 'E_RELABEL_CONFIG'
  override readonly name = 'RelabelConfigError'
  readonly path: string
  readonly reason: string

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.path = path
    this.reason = reason
  }
}

const fileSchema = z.strictObject(
  {
    action: actionSchema.optional(),
    source_labels: labelNamesSchema.optional(),
    sourceLabels: labelNamesSchema.optional(),
    separator: textSchema.optional(),
    target_label: textSchema.optional(),
    targetLabel: textSchema.optional(),
    regex: regexSchema.optional(),
    modulus: modulusSchema.optional(),
    replacement: textSchema.optional(),
  },
  {
    error: issue => {
      if (issue.code !== 'unrecognized_keys')
        return `expected a relabel config (a map), got ${kindOf(issue.input)}`
      const names = issue.keys.map(key => JSON.stringify(key)).join(', ')
      return `unknown field ${names}; a relabel config has action, source_labels, separator, target_label, regex, modulus, replacement`
    },
  },
)

/** Marks the problems that are found only when each field by itself is right. */
const VALIDATION = { phase: 'validation' }

/**
 * One relabel config as a user writes it: Prometheus' snake_case keys, or the camelCase keys of a ServiceMonitor, with
 * actions in any letter case. The output is normalised and valid. Issues carry Prometheus' own texts.
 */
export const relabelConfigSchema = fileSchema.transform((file, context): RelabelConfig => {
  refuseBothSpellings(file, context)
  const sourceLabels = file.source_labels ?? file.sourceLabels
  const fields: RelabelFields = {
    action: file.action ?? DEFAULTS.action,
    sourceLabels: sourceLabels ?? [],
    separator: file.separator ?? DEFAULTS.separator,
    targetLabel: file.target_label ?? file.targetLabel ?? DEFAULTS.targetLabel,
    regex: file.regex ?? DEFAULTS.regex,
    modulus: file.modulus ?? DEFAULTS.modulus,
    replacement: file.replacement ?? DEFAULTS.replacement,
  }
  const given = { regex: file.regex !== undefined, sourceLabels: (sourceLabels ?? null) !== null }
  const problem = validateRelabelFields(fields, given)
  if (problem !== undefined) {
    const path = [spelling(problem.field, file)]
    context.addIssue({ code: 'custom', message: problem.reason, path, params: VALIDATION })
  }
  const { action } = fields
  return action === '' ? z.NEVER : { ...fields, action }
})

type FileConfig = z.output<typeof fileSchema>

const SPELLINGS = [
  ['source_labels', 'sourceLabels'],
  ['target_label', 'targetLabel'],
] as const

function refuseBothSpellings(file: FileConfig, context: z.RefinementCtx): void {
  for (const [snake, camel] of SPELLINGS) {
    if (file[snake] === undefined || file[camel] === undefined) continue
    const message = `${camel} is another spelling of ${snake}: give one of them`
    context.addIssue({ code: 'custom', message, path: [camel] })
  }
}

/** The key under which a field is written: camelCase where the config uses it, else Prometheus' own. */
function spelling(field: keyof RelabelFields, file: FileConfig): string {
  const pair = SPELLINGS.find(([, camel]) => camel === field)
  if (pair === undefined) return field
  const isCamel = file.sourceLabels !== undefined || file.targetLabel !== undefined
  return isCamel ? pair[1] : pair[0]
}

const configsSchema = z
  .array(relabelConfigSchema, {
    error: issue => `expected a list of relabel configs, got ${kindOf(issue.input)}`,
  })
  .nullish()

/**
 * Reads a list of rules as it comes from YAML or JSON; null and undefined are the empty list.
 *
 * @param path where the list stands, to begin error messages with: `metric_relabel_configs`
 * @throws RelabelConfigError for the problem that Prometheus would report: it first reads all rules in the order in
 *   which they are written, then validates one after the other
 */
export function parseRelabelConfigs(input: unknown, path: string): RelabelConfig[] {
  const result = configsSchema.safeParse(input)
  if (result.success) return result.data ?? []
  const [first] = [...result.error.issues].sort((a, b) => compareIssues(a, b, input))
  if (first === undefined) throw new Error('BUG: zod refused relabel configs without an issue')
  throw new RelabelConfigError(path + locate(first.path), first.message)
}

type Issue = z.core.$ZodIssue

function compareIssues(a: Issue, b: Issue, input: unknown): number {
  const phase = Number(isValidation(a)) - Number(isValidation(b))
  if (phase !== 0) return phase
  return comparePositions(positionsOf(a.path, input), positionsOf(b.path, input))
}

function isValidation(issue: Issue): boolean {
  return issue.code === 'custom' && issue.params === VALIDATION
}

/** Where a path stands in the document: for each step, the index in its list or the position of its key in the map. */
function positionsOf(path: readonly PropertyKey[], input: unknown): number[] {
  let value = input
  return path.map(step => {
    const parent: object = typeof value === 'object' && value !== null ? value : {}
    value = Reflect.get(parent, step)
    return typeof step === 'number' ? step : Object.keys(parent).indexOf(String(step))
  })
}

/** Document order; what concerns a whole map comes after what concerns one of its keys. */
function comparePositions(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? Number.MAX_SAFE_INTEGER) - (b[i] ?? Number.MAX_SAFE_INTEGER)
    if (difference !== 0) return difference
  }
  return 0
}

/** Writes a path as the user thinks of it: `[1].regex`. */
function locate(path: readonly PropertyKey[]): string {
  return path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
}
