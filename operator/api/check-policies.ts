import { PolicyProviderError } from '../../proxy/policy/errors.ts'
import type { PolicyReading } from '../../proxy/policy/policy.ts'
import { readPolicies } from '../../proxy/policy/schema/document.ts'
import type { FieldError } from './field-error.ts'
import type { Policy } from './policy.ts'

const FIELD = 'spec.policies'

/** What the proxy would find wrong with the policies of a gate, in its words. */
export function checkPolicies(policies: readonly Policy[]): FieldError[] {
  try {
    return [...readPolicies(FIELD, policies).flatMap(readingError), ...duplicates(policies)]
  } catch (error) {
    if (error instanceof PolicyProviderError) return [{ field: FIELD, message: error.message }]
    throw error
  }
}

function readingError(reading: PolicyReading, index: number): FieldError[] {
  return reading.kind === 'invalid'
    ? [{ field: `${FIELD}[${index}]`, message: reading.errors.join('; ') }]
    : []
}

function duplicates(policies: readonly Policy[]): FieldError[] {
  const ids = policies.map(({ id }) => id)
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ field: `${FIELD}[${index}]`, message: `the id ${JSON.stringify(id)} occurs more than once` }],
  )
}
