import { type FieldValue, type MetricFields, readField } from '../fields.ts'
import { NAME_MATCHES_MAX, NAMES_MAX } from '../limits.ts'
import type { MetricPolicy, Selector } from '../policy.ts'
import { compileMatcher, type SampleTest } from './matcher.ts'

/** A policy that matches if the sample does. */
export interface ResidualPolicy {
  readonly index: number
  readonly tests: readonly SampleTest[]
  /** Which of its matchers the tests are. */
  readonly key: string
}

/** The policies that match a series, and those that match it if the sample does, by their places in the set. */
export interface Matches {
  readonly matched: readonly number[]
  readonly residual: readonly ResidualPolicy[]
}

interface PlannedMatcher {
  /** Its place in the policy. */
  readonly place: number
  /** Number of its selector. */
  readonly slot: number
  readonly match: (value: FieldValue) => boolean | SampleTest
}

/** A policy, as far as the name of the metric has not decided about it. */
interface PlannedPolicy {
  readonly index: number
  readonly matchers: readonly PlannedMatcher[]
}

const NAME: Selector = { kind: 'metric_field', field: 'name' }
const NAME_SLOT = 0

/** Whether the name of the metric has a say in a policy. */
const looksAtName = ({ matchers }: PlannedPolicy) => matchers.some(({ slot }) => slot === NAME_SLOT)

/**
 * Finds the policies that match. Many look at the name of the metric: what that decides is remembered by name. The rest
 * is decided with each field read once.
 *
 * A new series costs about 2 µs with 200 policies on names, and 10 to 40 µs with 200 on labels.
 */
export class MatchPlan {
  /** Policies in which the name has a say, and those in which it has none. */
  readonly #onName: readonly PlannedPolicy[]
  readonly #onOthers: readonly PlannedPolicy[]
  /** By number. */
  readonly #selectors: Selector[] = [NAME]
  readonly #slots = new Map([[JSON.stringify(NAME), NAME_SLOT]])
  readonly #byName = new Map<FieldValue, readonly PlannedPolicy[]>()
  /** How many more matches of names may be remembered. */
  #room = NAME_MATCHES_MAX

  /** Policies that are not enabled are left out. */
  constructor(policies: readonly MetricPolicy[]) {
    const planned = policies.flatMap(({ enabled, matchers }, index) =>
      enabled
        ? [{ index, matchers: matchers.map((matcher, place) => this.#plan(place, compileMatcher(matcher))) }]
        : [],
    )
    this.#onName = planned.filter(looksAtName)
    this.#onOthers = planned.filter(policy => !looksAtName(policy))
  }

  /** Whether there is nothing that could match. */
  get isEmpty(): boolean {
    return this.#onName.length + this.#onOthers.length === 0
  }

  /** The policies that match what has these fields. */
  find(fields: MetricFields): Matches {
    const matched: number[] = []
    const residual: ResidualPolicy[] = []
    const values: FieldValue[] = []
    const valueIn = (slot: number): FieldValue => {
      if (!(slot in values)) values[slot] = readField(fields, this.#selector(slot))
      return values[slot]
    }
    for (const policies of [this.#byNameOf(valueIn(NAME_SLOT)), this.#onOthers]) {
      for (const policy of policies) {
        const outcome = matchPolicy(policy, valueIn)
        if (outcome === true) matched.push(policy.index)
        else if (outcome !== false) residual.push(outcome)
      }
    }
    return { matched: matched.sort((a, b) => a - b), residual }
  }

  #plan(place: number, { selector, match }: ReturnType<typeof compileMatcher>): PlannedMatcher {
    const key = JSON.stringify(selector)
    const slot = this.#slots.get(key) ?? this.#selectors.push(selector) - 1
    this.#slots.set(key, slot)
    return { place, slot, match }
  }

  #selector(slot: number): Selector {
    const selector = this.#selectors[slot]
    if (selector === undefined) throw new Error(`BUG: no selector ${slot}`)
    return selector
  }

  /** The policies whose matchers on the name match, with their other ones. */
  #byNameOf(name: FieldValue): readonly PlannedPolicy[] {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const matching = this.#onName
      .filter(({ matchers }) =>
        matchers.every(({ slot, match }) => slot !== NAME_SLOT || match(name) === true),
      )
      .map(({ index, matchers }) => ({ index, matchers: matchers.filter(({ slot }) => slot !== NAME_SLOT) }))
    if (this.#byName.size < NAMES_MAX && matching.length <= this.#room) {
      this.#byName.set(name, matching)
      this.#room -= matching.length
    }
    return matching
  }
}

/** The outcome of all matchers of a policy. */
function matchPolicy(
  { index, matchers }: PlannedPolicy,
  valueIn: (slot: number) => FieldValue,
): boolean | ResidualPolicy {
  const tests: SampleTest[] = []
  let key = String(index)
  for (const { place, slot, match } of matchers) {
    const outcome = match(valueIn(slot))
    if (outcome === false) return false
    if (outcome === true) continue
    tests.push(outcome)
    key += `.${place}`
  }
  return tests.length === 0 || { index, tests, key }
}
