import type { Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { Series } from '../exposition/series.ts'
import type { ValuePages } from './values.ts'

/** Stands for the number of a series that no output wants: its samples are counted and go nowhere. */
export const UNWANTED = -1

/** What was read of one scrape of one target. */
export interface CollectionStats {
  readonly bytesIn: number
  /** Well-formed samples, repeated and unwanted ones too; not the one for whose series there was no number. */
  readonly samplesIn: number
  /** Samples ignored because the exposition had their series before. */
  readonly duplicateSamples: number
  /** Samples of series that no output wants. */
  readonly unwantedSamples: number
}

/** Reads the expositions of all targets of an aggregator. Collections may be interleaved. */
export interface SeriesCollector {
  /** Memory that is held between scrapes, in bytes, about. */
  readonly heldBytes: number
  /** Begins a scrape of a target. It has to be closed, finished or not. */
  open(format: ExpositionFormat, registrar: SeriesRegistrar): Collection
  /**
   * Forgets the series whose number `isUsed` denies, and the unwanted ones if room is short; asks for them again when they
   * come. Their numbers may be given to other series from now on. Not while a collection is open.
   */
  forget(isUsed: (number: number) => boolean): void
}

/**
 * One scrape of one target: bytes go in, values by number of the series come out. A series is known by its format, by what
 * identityOf gives for it, and by the numericLabel of its family; the collector asks for the number of each only once.
 */
export interface Collection {
  /** The counts so far; still there after `close`. */
  readonly stats: CollectionStats
  /**
   * Takes the next chunk, which may be reused afterwards. Throws MalformedTargetError for a line that does not parse,
   * LimitExceededError for too many bytes or series.
   */
  push(chunk: Uint8Array): void
  /** The body has ended. Throws as `push` does, and MalformedTargetError when OpenMetrics lacks its end. */
  finish(): void
  /** The values of the series that came; of a repeated series the first. From `finish` to `close`. */
  pages(): ValuePages
  /** Timestamps and exemplars as they follow the value (see printExtras), by number: only of samples that have any. */
  extras(): ReadonlyMap<number, string>
  /** Gives the memory back; a second time this does nothing. */
  close(): void
}

/** Numbers the series that the collector does not know, for one scrape. */
export interface SeriesRegistrar {
  /**
   * The number of a series, or UNWANTED. `family` is the one that it belongs to now. Throws LimitExceededError (E_SERIES)
   * when there are too many.
   */
  numberOf(series: Series, family: Family): number
}
