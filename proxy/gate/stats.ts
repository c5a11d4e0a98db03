import type { Decision, KeepDecision } from './decide.ts'

/** What became of the samples of a scrape in one output. */
export interface OutputStats {
  /** Samples written. */
  samplesOut: number
  bytesOut: number
  /** Samples that policies or the rules dropped. */
  droppedSeries: number
  /** Samples dropped because the rules took away their name, which Prometheus would not ingest. */
  namelessSeries: number
  /** Samples added to a series that another sample had begun. */
  mergedSeries: number
  /** Samples left out of a merge because they are NaN. */
  nanSamples: number
  /** Series left out because samples merged that cannot: quantiles, or what is configured so. */
  unmergeableSeries: number
  /** Samples passed unchanged because the rule engine failed on them. */
  ruleErrors: number
  /** Whether lines are missing at the end because of the output limit. */
  truncatedOutput: boolean
}

/** The counts of one scrape. They are complete when the main output has been read to its end. */
export interface ScrapeStats {
  /** Bytes read, without what the input limit cut off. */
  readonly bytesIn: number
  /** Well-formed samples. When no output has rules nothing is parsed: a line ends at each newline, and those that look like samples are counted. */
  readonly samplesIn: number
  /** Lines passed on as they came because they do not parse. */
  readonly malformedLines: number
  /** Samples ignored because the exposition had their series before; counted where an output can merge series. */
  readonly duplicateSamples: number
  /** Samples that telemetry policies dropped, of all outputs. */
  readonly policyDroppedSamples: number
  /** Whether the input limit cut lines off. */
  readonly truncatedInput: boolean
  /** Lines like samples beyond the limit of series: they were passed on or dropped without a look at them. */
  readonly limitedSamples: number
  readonly main: Readonly<OutputStats>
  readonly subsets: ReadonlyMap<string, Readonly<OutputStats>>
}

/** Counts of an output that has not seen anything yet. */
export function emptyOutputStats(): OutputStats {
  return {
    samplesOut: 0,
    bytesOut: 0,
    droppedSeries: 0,
    namelessSeries: 0,
    mergedSeries: 0,
    nanSamples: 0,
    unmergeableSeries: 0,
    ruleErrors: 0,
    truncatedOutput: false,
  }
}

/** Counts a decision about a sample; true when the sample is kept. */
export function countDecision(stats: OutputStats, decision: Decision): decision is KeepDecision {
  if (decision.kind === 'drop') stats.droppedSeries++
  if (decision.kind === 'nameless') stats.namelessSeries++
  if (decision.kind !== 'keep') return false
  if (decision.ruleError) stats.ruleErrors++
  return true
}
