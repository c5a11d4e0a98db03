import { isValidLabelName } from './label-name.ts'
import { quote } from './quote.ts'
import type { Action } from './scalars.ts'

/** The fields of a rule with Prometheus' defaults filled in. */
export interface RelabelFields {
  readonly action: Action | ''
  readonly sourceLabels: string[]
  readonly separator: string
  readonly targetLabel: string
  readonly regex: string
  readonly modulus: bigint
  readonly replacement: string
}

/** What a rule is when it says nothing. Source: DefaultRelabelConfig in Prometheus' model/relabel/relabel.go. */
export const DEFAULTS: RelabelFields = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  targetLabel: '',
  regex: '(.*)',
  modulus: 0n,
  replacement: '$1',
}

/** Fields whose mere presence counts, whatever their value. */
export interface GivenFields {
  readonly regex: boolean
  readonly sourceLabels: boolean
}

/** What is wrong with a rule: the field at fault and Prometheus' own words. */
export interface RelabelProblem {
  readonly field: keyof RelabelFields
  readonly reason: string
}

const NEEDS_TARGET: ReadonlySet<string> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
])
const REFUSES_REPLACEMENT: ReadonlySet<string> = new Set(['lowercase', 'uppercase', 'keepequal', 'dropequal'])

type Check = (fields: RelabelFields, given: GivenFields) => RelabelProblem | undefined

/** In Prometheus' order: the first problem found is the one reported. */
const CHECKS: readonly Check[] = [
  checkAction,
  checkModulus,
  checkTargetPresent,
  checkTargetName,
  checkReplacementUnset,
  checkReplacementName,
  checkEqualFields,
  checkNameFields,
  checkWellFormed,
]

/**
 * Checks one rule as Prometheus does, under its UTF-8 naming scheme.
 * Source: Config.Validate in Prometheus' model/relabel/relabel.go.
 */
export function validateRelabelFields(fields: RelabelFields, given: GivenFields): RelabelProblem | undefined {
  for (const check of CHECKS) {
    const problem = check(fields, given)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkAction({ action }: RelabelFields): RelabelProblem | undefined {
  if (action !== '') return undefined
  return { field: 'action', reason: 'relabel action cannot be empty' }
}

function checkModulus({ action, modulus }: RelabelFields): RelabelProblem | undefined {
  if (action !== 'hashmod' || modulus !== 0n) return undefined
  return { field: 'modulus', reason: 'relabel configuration for hashmod requires non-zero modulus' }
}

function checkTargetPresent({ action, targetLabel }: RelabelFields): RelabelProblem | undefined {
  if (!NEEDS_TARGET.has(action) || targetLabel !== '') return undefined
  return {
    field: 'targetLabel',
    reason: `relabel configuration for ${action} action requires 'target_label' value`,
  }
}

function checkTargetName({ action, targetLabel }: RelabelFields): RelabelProblem | undefined {
  if (!NEEDS_TARGET.has(action) || isValidLabelName(targetLabel)) return undefined
  return {
    field: 'targetLabel',
    reason: `${quote(targetLabel)} is invalid 'target_label' for ${action} action`,
  }
}

function checkReplacementUnset({ action, replacement }: RelabelFields): RelabelProblem | undefined {
  if (!REFUSES_REPLACEMENT.has(action) || replacement === DEFAULTS.replacement) return undefined
  return { field: 'replacement', reason: `'replacement' can not be set for ${action} action` }
}

function checkReplacementName({ action, replacement }: RelabelFields): RelabelProblem | undefined {
  if (action !== 'labelmap' || isValidLabelName(replacement)) return undefined
  return {
    field: 'replacement',
    reason: `${quote(replacement)} is invalid 'replacement' for labelmap action`,
  }
}

function checkEqualFields(fields: RelabelFields, given: GivenFields): RelabelProblem | undefined {
  const { action } = fields
  if (action !== 'keepequal' && action !== 'dropequal') return undefined
  // Prometheus compares pointers here, so that even the default regex is refused when it is written out.
  const field = given.regex ? 'regex' : firstChanged(fields, ['modulus', 'separator'])
  if (field === undefined) return undefined
  return {
    field,
    reason: `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`,
  }
}

function checkNameFields(fields: RelabelFields, given: GivenFields): RelabelProblem | undefined {
  const { action } = fields
  if (action !== 'labeldrop' && action !== 'labelkeep') return undefined
  const field = given.sourceLabels
    ? 'sourceLabels'
    : firstChanged(fields, ['targetLabel', 'modulus', 'separator', 'replacement'])
  if (field === undefined) return undefined
  return { field, reason: `${action} action requires only 'regex', and no other fields` }
}

/** Prometheus reads bytes, where this cannot arise: a JavaScript string can hold half of a code point. */
function checkWellFormed(fields: RelabelFields): RelabelProblem | undefined {
  for (const field of ['targetLabel', 'separator', 'replacement'] as const) {
    if (fields[field].isWellFormed()) continue
    return { field, reason: `${quote(fields[field])} is not valid Unicode: it has a lone surrogate` }
  }
  return undefined
}

function firstChanged(
  fields: RelabelFields,
  names: readonly (keyof RelabelFields)[],
): keyof RelabelFields | undefined {
  return names.find(name => fields[name] !== DEFAULTS[name])
}
