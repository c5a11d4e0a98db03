import { Aggregator } from '../../aggregate/aggregator.ts'
import type { AggregationConfig } from '../../config/aggregation.ts'
import type { Program } from '../../gate/program.ts'
import type { ScrapeLimits } from '../../gate/scrape-limits.ts'
import { AGGREGATORS_MAX } from '../../limits.ts'
import { NotReadyError } from '../errors.ts'
import { TARGET_FAMILIES } from './target-metrics.ts'

interface Entry {
  readonly aggregator: Aggregator
  /** Milliseconds since 1970. */
  usedAtMs: number
}

/**
 * The state of aggregation for each query of clients: what a query selects is another set of metrics, which must not be
 * taken for targets that lost some of theirs. A few at once; one that was not used for as long as targets are remembered
 * may go.
 */
export class Aggregators {
  readonly #program: Program
  readonly #settings: AggregationConfig
  readonly #limits: ScrapeLimits
  readonly #byQuery = new Map<string, Entry>()

  constructor(program: Program, settings: AggregationConfig, limits: ScrapeLimits) {
    this.#program = program
    this.#settings = settings
    this.#limits = limits
  }

  /** The state for a query. Throws NotReadyError if there are too many. */
  of(query: string, nowMs: number): Aggregator {
    const known = this.#byQuery.get(query)
    if (known !== undefined) {
      known.usedAtMs = nowMs
      return known.aggregator
    }
    this.#forgetUnused(nowMs)
    if (this.#byQuery.size >= AGGREGATORS_MAX)
      throw new NotReadyError(
        `there are ${AGGREGATORS_MAX} different queries already, for each of which counters are kept; ask without "?${query}"`,
      )
    const appendedNames = new Set(this.#settings.targetMetrics ? TARGET_FAMILIES : [])
    const aggregator = new Aggregator(this.#program, this.#settings, this.#limits, { appendedNames })
    this.#byQuery.set(query, { aggregator, usedAtMs: nowMs })
    return aggregator
  }

  /** Memory of all of it, in bytes, about. */
  get heldBytes(): number {
    return [...this.#byQuery.values()].reduce((bytes, { aggregator }) => bytes + aggregator.heldBytes, 0)
  }

  #forgetUnused(nowMs: number): void {
    for (const [query, { usedAtMs }] of this.#byQuery)
      if (nowMs - usedAtMs > this.#settings.forgetAfterMs) this.#byQuery.delete(query)
  }
}
