import { type MergedPolicy, mergePolicies } from './merge.ts'
import { identityOf, type MetricPolicy, type PolicyReading } from './policy.ts'
import { type PolicyCounter, PolicySet } from './policy-set.ts'

/** A policy, and how often it matched. */
export interface RegisteredPolicy extends MergedPolicy {
  /** Counts on as long as its provider has a policy with this id. */
  readonly counter: Readonly<PolicyCounter>
}

/**
 * The policies of all providers, and the set that they make. The set is made anew when a provider has other policies;
 * what is counted by an old one, which scrapes in flight finish on, counts all the same.
 */
export class PolicyRegistry {
  readonly #onChange: () => void
  /** By id of the provider, in the order of the configuration. */
  readonly #provided: Map<string, readonly PolicyReading[]>
  readonly #counters = new Map<string, PolicyCounter>()
  #policies: readonly RegisteredPolicy[] = []
  #set = new PolicySet([], [])

  /** `providers` are their ids: where two have the same policy, the first one's counts. `onChange` is told of each new set. */
  constructor(providers: readonly string[], onChange: () => void = () => undefined) {
    this.#onChange = onChange
    this.#provided = new Map(providers.map(provider => [provider, []]))
  }

  /** The set at work; empty until a provider has policies. */
  get set(): PolicySet {
    return this.#set
  }

  /** All policies, those without an effect as well. */
  get policies(): readonly RegisteredPolicy[] {
    return this.#policies
  }

  /** The policies that came from a provider. */
  of(provider: string): readonly RegisteredPolicy[] {
    return this.#policies.filter(policy => policy.provider === provider)
  }

  /** Puts the policies of a provider in the place of those that it had. */
  replace(provider: string, readings: readonly PolicyReading[]): void {
    if (!this.#provided.has(provider)) throw new Error(`BUG: no policy provider ${provider}`)
    this.#provided.set(provider, readings)
    const provided = [...this.#provided].map(([id, ofProvider]) => ({ provider: id, readings: ofProvider }))
    this.#policies = mergePolicies(provided).map(policy => ({ ...policy, counter: this.#counterOf(policy) }))
    this.#forgetCounters()
    this.#set = this.#makeSet()
    this.#onChange()
  }

  #makeSet(): PolicySet {
    const policies: MetricPolicy[] = []
    const counters: PolicyCounter[] = []
    for (const { reading, state, counter } of this.#policies) {
      if (reading.kind !== 'metric' || state !== 'active') continue
      policies.push(reading.policy)
      counters.push(counter)
    }
    return new PolicySet(policies, counters)
  }

  #counterOf(policy: MergedPolicy): PolicyCounter {
    const key = keyOf(policy)
    // What is not valid may share the id of what is, and is not counted.
    const counter = (policy.state === 'invalid' ? undefined : this.#counters.get(key)) ?? {
      hits: 0,
      misses: 0,
    }
    if (policy.state !== 'invalid') this.#counters.set(key, counter)
    return counter
  }

  #forgetCounters(): void {
    const present = new Set(this.#policies.map(keyOf))
    for (const key of this.#counters.keys()) if (!present.has(key)) this.#counters.delete(key)
  }
}

function keyOf({ provider, reading }: MergedPolicy): string {
  return JSON.stringify([provider, identityOf(reading).id])
}
