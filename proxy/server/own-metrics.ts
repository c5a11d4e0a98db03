import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { OutputStats, ScrapeStats } from '../gate/stats.ts'
import { errorCode } from './error-code.ts'
import { outputPath } from './output-path.ts'
import { RoundMetrics } from './rounds/round-metrics.ts'
import type { ScrapeOutcome } from './scrape.ts'

const PREFIX = 'metricgate_proxy_'

/** The metrics of the proxy about itself, for `/_metrics`. */
export class OwnMetrics {
  readonly registry = new Registry()
  readonly #scrapes = this.#counter('scrapes_total', 'Scrapes of the upstream, by how they ended.', [
    'result',
  ])
  readonly #errors = this.#counter('upstream_errors_total', 'Scrapes that failed, by error code.', ['code'])
  readonly #joined = this.#counter(
    'joined_scrapes_total',
    'Requests that were served by a scrape which another one had begun.',
    [],
  )
  readonly #samplesIn = this.#counter('samples_in_total', 'Samples read from the upstream.', [])
  readonly #bytesIn = this.#counter('bytes_in_total', 'Bytes read from the upstream, without encoding.', [])
  readonly #malformed = this.#counter(
    'malformed_lines_total',
    'Lines that are not valid and were passed on as they came.',
    [],
  )
  readonly #duplicates = this.#counter(
    'duplicate_samples_total',
    'Samples ignored because the upstream had exposed their series before in the same scrape.',
    [],
  )
  readonly #truncatedInput = this.#counter(
    'truncated_input_total',
    'Scrapes cut at max_input_bytes_per_scrape.',
    [],
  )
  readonly #limited = this.#counter(
    'limited_samples_total',
    'Samples beyond max_series_per_scrape, passed on or dropped without a look at them.',
    [],
  )
  readonly #samplesOut = this.#counter('samples_out_total', 'Samples written.', ['output'])
  readonly #bytesOut = this.#counter('bytes_out_total', 'Bytes written, before compression.', ['output'])
  readonly #dropped = this.#counter('dropped_series_total', 'Samples that the rules dropped.', ['output'])
  readonly #nameless = this.#counter(
    'nameless_series_total',
    'Samples dropped because the rules took their name away.',
    ['output'],
  )
  readonly #merged = this.#counter(
    'merged_series_total',
    'Samples added to another one of the same series.',
    ['output'],
  )
  readonly #nan = this.#counter('nan_samples_total', 'Samples left out of a merge because they are NaN.', [
    'output',
  ])
  readonly #unmergeable = this.#counter(
    'unmergeable_series_total',
    'Series left out because several became one that cannot be merged, such as quantiles.',
    ['output'],
  )
  readonly #ruleErrors = this.#counter(
    'rule_errors_total',
    'Samples passed because the rules failed on them.',
    ['output'],
  )
  readonly #truncatedOutput = this.#counter(
    'truncated_output_total',
    'Scrapes whose output was cut at max_output_bytes_per_scrape.',
    ['output'],
  )
  readonly #duration = new Histogram({
    name: `${PREFIX}scrape_duration_seconds`,
    help: 'Time from the request of a scrape to the end of its answer.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  })
  readonly #reloads = new Counter({
    name: 'metricgate_config_reloads_total',
    help: 'Configurations read, by result.',
    labelNames: ['result'],
    registers: [this.registry],
  })
  readonly #reloadSuccessful = new Gauge({
    name: 'metricgate_config_last_reload_successful',
    help: 'Whether the newest configuration is at work (1), or was refused (0).',
    registers: [this.registry],
  })
  readonly #reloadTime = new Gauge({
    name: 'metricgate_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration at work was read.',
    registers: [this.registry],
  })

  /** Those of rounds over several targets. */
  readonly rounds = new RoundMetrics(this.registry)

  /** Counts a request that needed no scrape of its own. */
  joined(): void {
    this.#joined.inc()
  }

  /** Counts a scrape that is over. */
  scraped({ durationMs, error, stats }: ScrapeOutcome): void {
    this.#duration.observe(durationMs / 1000)
    this.#scrapes.inc({ result: error === undefined ? 'success' : 'failure' })
    if (error !== undefined) this.#errors.inc({ code: errorCode(error) })
    if (stats !== undefined) this.#count(stats)
  }

  /** Counts a configuration that was put to work, or refused. */
  reloaded(successful: boolean, atMs: number): void {
    this.#reloads.inc({ result: successful ? 'success' : 'failure' })
    this.#reloadSuccessful.set(successful ? 1 : 0)
    if (successful) this.#reloadTime.set(atMs / 1000)
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [this.registry] })
  }

  #count(stats: ScrapeStats): void {
    this.#samplesIn.inc(stats.samplesIn)
    this.#bytesIn.inc(stats.bytesIn)
    this.#malformed.inc(stats.malformedLines)
    this.#duplicates.inc(stats.duplicateSamples)
    this.#limited.inc(stats.limitedSamples)
    if (stats.truncatedInput) this.#truncatedInput.inc()
    this.#countOutput('', stats.main)
    for (const [name, output] of stats.subsets) this.#countOutput(name, output)
  }

  #countOutput(name: string, stats: Readonly<OutputStats>): void {
    const output = { output: outputPath(name) }
    this.#samplesOut.inc(output, stats.samplesOut)
    this.#bytesOut.inc(output, stats.bytesOut)
    this.#dropped.inc(output, stats.droppedSeries)
    this.#nameless.inc(output, stats.namelessSeries)
    this.#merged.inc(output, stats.mergedSeries)
    this.#nan.inc(output, stats.nanSamples)
    this.#unmergeable.inc(output, stats.unmergeableSeries)
    this.#ruleErrors.inc(output, stats.ruleErrors)
    if (stats.truncatedOutput) this.#truncatedOutput.inc(output)
  }
}
