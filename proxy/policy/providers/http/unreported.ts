import { identityOf } from '../../policy.ts'
import type { PolicyCounter } from '../../policy-set.ts'
import type { RegisteredPolicy } from '../../registry.ts'
import type { PolicyStatus } from './messages.ts'

/** Statuses for a request, and what to do when it has succeeded. */
export interface Report {
  readonly statuses: readonly PolicyStatus[]
  /** They were received: they are not told again. */
  readonly received: () => void
}

/**
 * Tells a server what it has not been told about its policies. Counts are told until a request that carried them has
 * succeeded, so that none is lost by a server that is down.
 */
export class UnreportedCounts {
  #told = new WeakMap<Readonly<PolicyCounter>, PolicyCounter>()

  /** What to tell about the policies that came from the server. Those that never matched are not mentioned. */
  report(policies: readonly RegisteredPolicy[]): Report {
    const now = new Map(policies.map(({ counter }) => [counter, { ...counter }]))
    const statuses = policies.flatMap(({ reading, counter, errors }): PolicyStatus[] => {
      const { id } = identityOf(reading)
      const told = this.#told.get(counter) ?? { hits: 0, misses: 0 }
      const hits = counter.hits - told.hits
      const misses = counter.misses - told.misses
      return id === '' || (hits === 0 && misses === 0 && errors.length === 0)
        ? []
        : [{ id, hits, misses, errors }]
    })
    return {
      statuses,
      received: () => {
        for (const [counter, counts] of now) this.#told.set(counter, counts)
      },
    }
  }
}
