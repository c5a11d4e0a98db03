import { Counter, Gauge, type Registry } from 'prom-client'
import { errorCode } from '../error-code.ts'
import type { RoundReport } from './round-report.ts'

const PREFIX = 'metricgate_proxy_'

/** The metrics of a proxy about rounds over several targets. */
export class RoundMetrics {
  readonly #registry: Registry
  readonly #rounds: Counter<'result'>
  readonly #failures: Counter<'code'>
  readonly #resolutions: Counter<'result'>
  readonly #targets: Gauge<'state'>
  readonly #resets: Counter
  readonly #skipped: Counter
  readonly #mixedBounds: Gauge
  readonly #heldBytes: Gauge

  constructor(registry: Registry) {
    this.#registry = registry
    this.#rounds = this.#counter('rounds_total', 'Rounds: complete, partial (targets failed), failed.', [
      'result',
    ])
    this.#failures = this.#counter(
      'target_failures_total',
      'Targets that failed in a round, by error code.',
      ['code'],
    )
    this.#resolutions = this.#counter(
      'resolutions_total',
      'Resolutions of the names of all upstreams: found, empty (a name without addresses), failed (DNS did not answer).',
      ['result'],
    )
    this.#targets = this.#gauge('targets', 'Targets of the last round, by how their scrape went.', ['state'])
    this.#resets = this.#counter(
      'counter_resets_total',
      'Counters of targets that fell, and were corrected.',
      [],
    )
    this.#skipped = this.#counter(
      'skipped_values_total',
      'Values of counters that were skipped because they are not finite.',
      [],
    )
    this.#mixedBounds = this.#gauge(
      'mixed_bounds',
      'Histograms of the last round whose targets have different bounds.',
      [],
    )
    this.#heldBytes = this.#gauge('aggregation_held_bytes', 'Memory for the last values of all targets.', [])
  }

  /** Counts a round that is over. */
  ran({ targets, resolution, stats, heldBytes }: RoundReport): void {
    const failed = targets.filter(({ error }) => error !== undefined)
    const answered = targets.length - failed.length
    this.#rounds.inc({
      result: stats === undefined ? 'failed' : failed.length === 0 ? 'complete' : 'partial',
    })
    for (const { error } of failed) this.#failures.inc({ code: errorCode(error) })
    const { empty } = resolution
    this.#resolutions.inc({ result: resolution.failed > 0 ? 'failed' : empty > 0 ? 'empty' : 'found' })
    this.#targets.set({ state: 'up' }, answered)
    this.#targets.set({ state: 'down' }, failed.length)
    this.#heldBytes.set(heldBytes)
    if (stats === undefined) return
    this.#resets.inc(stats.resets)
    this.#skipped.inc(stats.skippedValues)
    this.#mixedBounds.set(stats.mixedBounds)
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    })
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }
}
