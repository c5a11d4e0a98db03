import type { ExpositionFormat } from '../exposition/format.ts'
import type { CollectionStats } from './collector.ts'
import type { RoundStats } from './round-stats.ts'

/**
 * One scrape of one target. Its body goes in as it arrives; whatever it says counts only when the round finishes, and only
 * if the body has come to its end.
 */
export interface TargetScrape {
  readonly stats: CollectionStats
  /** Takes the next chunk, which may be reused afterwards. Throws MalformedTargetError or LimitExceededError. */
  push(chunk: Uint8Array): void
  /** The body has ended: what came waits for the end of the round. Throws as `push` does. */
  finish(): void
  /** Gives up what the round has not taken yet, finished or not; a second time this does nothing. */
  close(): void
}

/** What a round comes to. It does not change any more. */
export interface RoundOutput {
  readonly format: ExpositionFormat
  readonly main: Iterable<Uint8Array>
  readonly subsets: ReadonlyMap<string, Uint8Array>
  readonly stats: RoundStats
}

/** One scrape of all targets. */
export interface Round {
  /** Begins the scrape of a target. One that was begun before is given up. */
  open(target: string, format: ExpositionFormat): TargetScrape
  /** A target did not answer, or not completely. The same is assumed of those of which nothing complete came. */
  fail(target: string): void
  /**
   * Takes over what came, and renders. `appendix` are lines of further families of the main output. Throws
   * RoundFailedError and LimitExceededError (E_OUTPUT_BYTES); what came is taken over then too.
   */
  finish(appendix?: string): RoundOutput
  /** Gives the round up: nothing of it counts. After `finish` this does nothing. */
  abort(): void
}
