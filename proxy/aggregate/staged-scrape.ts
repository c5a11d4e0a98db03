import type { ExpositionFormat } from '../exposition/format.ts'
import type { Collection, CollectionStats } from './collector.ts'
import type { CompleteScrape } from './commit.ts'
import type { TargetScrape } from './round.ts'
import type { ScrapeNumbers } from './scrape-numbers.ts'

/** A scrape that waits for the end of its round. */
export class StagedScrape implements TargetScrape {
  /** Those that it took for new series. */
  readonly numbers: ScrapeNumbers
  readonly #collection: Collection
  readonly #format: ExpositionFormat
  #state: 'open' | 'complete' | 'closed' = 'open'

  constructor(collection: Collection, format: ExpositionFormat, numbers: ScrapeNumbers) {
    this.numbers = numbers
    this.#collection = collection
    this.#format = format
  }

  get stats(): CollectionStats {
    return this.#collection.stats
  }

  /** What came; undefined when that is not complete. */
  get complete(): CompleteScrape | undefined {
    if (this.#state !== 'complete') return undefined
    return { format: this.#format, pages: this.#collection.pages(), extras: this.#collection.extras() }
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open') throw new Error(`BUG: a scrape that is ${this.#state} gets more bytes`)
    this.#collection.push(chunk)
  }

  finish(): void {
    if (this.#state !== 'open') throw new Error(`BUG: a scrape that is ${this.#state} ends`)
    this.#collection.finish()
    this.#state = 'complete'
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#collection.close()
  }
}
