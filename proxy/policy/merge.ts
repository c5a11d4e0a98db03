import { identityOf, type PolicyReading } from './policy.ts'
import { shown } from './schema/shown.ts'

/** The policies that a provider gave last. */
export interface ProvidedPolicies {
  /** Id of the provider. */
  readonly provider: string
  readonly readings: readonly PolicyReading[]
}

/** What became of a policy: only an active one has an effect. */
export type PolicyState = 'active' | 'disabled' | 'ignored' | 'invalid'

/** One policy among those of all providers. */
export interface MergedPolicy {
  readonly provider: string
  readonly reading: PolicyReading
  readonly state: PolicyState
  /** Why it is invalid. */
  readonly errors: readonly string[]
}

function stateOf(reading: PolicyReading): PolicyState {
  if (reading.kind === 'metric') return reading.policy.enabled ? 'active' : 'disabled'
  return reading.kind
}

/**
 * The policies of several providers as one set, in the order of the providers. The first policy with an id has it; any
 * other one with that id is invalid.
 */
export function mergePolicies(provided: readonly ProvidedPolicies[]): readonly MergedPolicy[] {
  const owners = new Map<string, string>()
  const merge = (provider: string, reading: PolicyReading): MergedPolicy => {
    const errors = reading.kind === 'invalid' ? reading.errors : []
    const { id } = identityOf(reading)
    const owner = owners.get(id)
    if (owner !== undefined) {
      const whose = owner === provider ? 'this provider has' : `provider ${shown(owner)} has`
      const duplicate = `id: ${whose} a policy with this id already`
      return { provider, reading, state: 'invalid', errors: [duplicate, ...errors] }
    }
    if (id !== '') owners.set(id, provider)
    return { provider, reading, state: stateOf(reading), errors }
  }
  return provided.flatMap(({ provider, readings }) => readings.map(reading => merge(provider, reading)))
}
