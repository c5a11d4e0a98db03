import type { RoundStats } from '../../aggregate/aggregator.ts'
import type { ScrapeStats } from '../../gate/stats.ts'

/** The counts of a round as those of a scrape. A malformed or too large exposition is a failure of its target. */
export function scrapeStatsOf({
  bytesIn,
  samplesIn,
  duplicateSamples,
  main,
  subsets,
}: RoundStats): ScrapeStats {
  return {
    bytesIn,
    samplesIn,
    duplicateSamples,
    policyDroppedSamples: 0,
    malformedLines: 0,
    truncatedInput: false,
    limitedSamples: 0,
    main,
    subsets,
  }
}
