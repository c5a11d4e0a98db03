import type { MetricFields } from './fields.ts'
import { DECISION_COST, REMEMBERED_MATCHES_MAX } from './limits.ts'
import { MatchPlan, type ResidualPolicy } from './match/plan.ts'
import type { MetricPolicy } from './policy.ts'

/** How often a policy matched, since the program began. */
export interface PolicyCounter {
  /** Data points that it matched, and whose fate it agreed with. */
  hits: number
  /** Data points that it matched to keep, and another policy dropped. */
  misses: number
}

/** What the policies make of the samples of some series. Equal decisions are one object. */
export interface PolicyDecision {
  /** Counts up from 0 within a set of policies; undefined for one that is not remembered, of which there are many. */
  readonly number: number | undefined
  /** Whether the samples stay, as far as the series decides. */
  readonly kept: boolean
  /** Places, in the set, of the policies that matched and had their way. */
  readonly hits: readonly number[]
  /** Of those that matched to keep what another one dropped. */
  readonly misses: readonly number[]
  /**
   * Where policies ask for the number or the time: the final decision about one sample, which has no residual. `kept`,
   * `hits` and `misses` are then what holds without those policies.
   */
  readonly residual: ((value: number, timestampMs: number | undefined) => PolicyDecision) | undefined
}

/**
 * Policies, compiled. Decides about series, and counts what was decided: samples are counted by decision, and the
 * counts of the policies follow from that, so that nothing is done for each sample.
 */
export class PolicySet {
  readonly policies: readonly MetricPolicy[]
  readonly #counters: readonly PolicyCounter[]
  readonly #plan: MatchPlan
  /** Those that are remembered: by the policies that matched, and those that may; and by number. */
  readonly #known = new Map<string, PolicyDecision>()
  readonly #decisions: PolicyDecision[] = []
  /** How much more may be remembered. */
  #room: number

  /** `counters` has one for each policy, in their order. Policies that are not enabled have no part in anything. */
  constructor(
    policies: readonly MetricPolicy[],
    counters: readonly PolicyCounter[],
    rememberedMatchesMax = REMEMBERED_MATCHES_MAX,
  ) {
    if (counters.length !== policies.length) throw new Error('BUG: policies and counters differ in number')
    this.policies = policies
    this.#counters = counters
    this.#plan = new MatchPlan(policies)
    this.#room = rememberedMatchesMax
  }

  /** Whether no policy is at work, so that nothing has to be decided. */
  get isEmpty(): boolean {
    return this.#plan.isEmpty
  }

  /** The decisions that have a number, by number. It grows. */
  get decisions(): readonly PolicyDecision[] {
    return this.#decisions
  }

  /** Decides about the data points that have these fields. */
  decide(fields: MetricFields): PolicyDecision {
    const { matched, residual } = this.#plan.find(fields)
    return this.#intern(matched, residual)
  }

  /** Counts samples that were decided about; `decision` is final. */
  count(decision: PolicyDecision, samples: number): void {
    for (const index of decision.hits) this.#counter(index).hits += samples
    for (const index of decision.misses) this.#counter(index).misses += samples
  }

  #intern(matched: readonly number[], residual: readonly ResidualPolicy[]): PolicyDecision {
    const key = `${matched.join()}|${residual.map(policy => policy.key).join()}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const cost = DECISION_COST + matched.length + residual.length
    const isRemembered = cost <= this.#room
    const decision = this.#make(isRemembered ? this.#decisions.length : undefined, matched, residual)
    if (isRemembered) {
      this.#known.set(key, decision)
      this.#decisions.push(decision)
      this.#room -= cost
    }
    return decision
  }

  /** A data point is dropped if any policy says so; those that say otherwise then miss. */
  #make(
    number: number | undefined,
    matched: readonly number[],
    residual: readonly ResidualPolicy[],
  ): PolicyDecision {
    const droppers = matched.filter(index => this.#policy(index).keep === false)
    const kept = droppers.length === 0
    return {
      number,
      kept,
      hits: kept ? matched : droppers,
      misses: kept ? [] : matched.filter(index => !droppers.includes(index)),
      residual: residual.length === 0 ? undefined : this.#resolve(matched, residual),
    }
  }

  #resolve(matched: readonly number[], residual: readonly ResidualPolicy[]): PolicyDecision['residual'] {
    return (value, timestampMs) => {
      const sample = { value, timestampMs }
      const matching = residual.filter(({ tests }) => tests.every(test => test(sample)))
      const all = [...matched, ...matching.map(({ index }) => index)]
      return this.#intern(
        all.sort((a, b) => a - b),
        [],
      )
    }
  }

  #policy(index: number): MetricPolicy {
    const policy = this.policies[index]
    if (policy === undefined) throw new Error(`BUG: no policy ${index}`)
    return policy
  }

  #counter(index: number): PolicyCounter {
    const counter = this.#counters[index]
    if (counter === undefined) throw new Error(`BUG: no counter ${index}`)
    return counter
  }
}

/** Policies that nothing else counts. */
export function compilePolicies(policies: readonly MetricPolicy[]): PolicySet {
  return new PolicySet(
    policies,
    policies.map(() => ({ hits: 0, misses: 0 })),
  )
}
