import type { OutputStats } from '../gate/stats.ts'
import type { CollectionStats } from './collector.ts'
import type { CommitStats } from './commit.ts'
import type { OutputsStats } from './render-outputs.ts'

/** Counts of a round. */
export interface RoundStats {
  readonly targets: number
  /** Targets of which a complete scrape came. */
  readonly answered: number
  /** Targets that did not answer and whose gauges stay for now. */
  readonly held: number
  readonly bytesIn: number
  readonly samplesIn: number
  readonly duplicateSamples: number
  /** Processes that took the place of others, or that may have counted before they were seen first. */
  readonly startedProcesses: number
  readonly unprovenProcesses: number
  /** Counters that fell. */
  readonly resets: number
  /** Values of counters that were skipped, since they are not finite. */
  readonly skippedValues: number
  /** Histogram children of the main output whose targets have different bounds. */
  readonly mixedBounds: number
  readonly main: Readonly<OutputStats>
  readonly subsets: ReadonlyMap<string, Readonly<OutputStats>>
}

/** Adds up what scrapes, commits and outputs have counted. */
export function countRound(
  scrapes: readonly CollectionStats[],
  commits: readonly CommitStats[],
  { main, subsets, mixedBounds }: OutputsStats,
): Omit<RoundStats, 'targets' | 'held'> {
  const unwanted = sum(scrapes, ({ unwantedSamples }) => unwantedSamples)
  const withUnwanted = (stats: OutputStats) => ({ ...stats, droppedSeries: stats.droppedSeries + unwanted })
  return {
    answered: commits.length,
    bytesIn: sum(scrapes, ({ bytesIn }) => bytesIn),
    samplesIn: sum(scrapes, ({ samplesIn }) => samplesIn),
    duplicateSamples: sum(scrapes, ({ duplicateSamples }) => duplicateSamples),
    startedProcesses: sum(commits, ({ continuity }) => Number(continuity === 'started')),
    unprovenProcesses: sum(commits, ({ continuity }) => Number(continuity === 'unproven')),
    resets: sum(commits, ({ resets }) => resets),
    skippedValues: sum(commits, ({ skippedValues }) => skippedValues),
    mixedBounds,
    main: withUnwanted(main),
    subsets: new Map([...subsets].map(([name, stats]) => [name, withUnwanted(stats)])),
  }
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}
