import type { Target } from '../upstream/target-pool.ts'
import type { ScrapeContext, ScrapeHead } from './scrape.ts'
import type { ScrapeRequest } from './scrape-request.ts'
import type { Snapshot } from './snapshots.ts'

/** A main output that is read. */
export interface Reading {
  /** Filled in before the first slice. */
  readonly head: ScrapeHead
  /** Has to be iterated over or ended by `return`. Returns what the same scrape left for the subsets. */
  readonly body: AsyncGenerator<Uint8Array, Snapshot, undefined>
}

/**
 * Where the outputs of a gate come from. Clients that ask at the same time, and may see the same, share one scrape; one
 * that leaves, or reads slowly, does not end that of the others.
 */
export interface Scraper {
  /**
   * The main output of a scrape that begins now, or is under way. What it throws comes with the iteration: UpstreamError,
   * LimitExceededError, NotReadyError, SlowClientError, or the reason of `client`, which is aborted when that has left.
   */
  read(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Reading
  /** The subsets of such a scrape. Throws as reading does. */
  refresh(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Promise<Snapshot>
  /** What is scraped. Asks DNS only if that is not known yet. */
  targets(context: Pick<ScrapeContext, 'now'>): Promise<readonly Target[]>
  /** Lets scrapes in flight finish, then closes the connections. */
  close(): Promise<void>
}
