import type { Family } from '../exposition/families.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import type { Series } from '../exposition/series.ts'
import { SERIES_HELD_PER_FREE } from '../limits.ts'
import type { SeriesRegistrar } from './collector.ts'

/** The numbers that one scrape takes for series that nobody had before. */
export class ScrapeNumbers implements SeriesRegistrar {
  readonly numberOf: (series: Series, family: Family) => number
  readonly taken: number[] = []
  readonly #seriesMax: number
  readonly #countHeld: () => number
  #held: number | undefined
  #wasRefused = false

  /** `seriesMax`: how many numbers there are; `countHeld` counts the series that are known of the target already. */
  constructor(seriesMax: number, countHeld: () => number, numberOf: SeriesRegistrar['numberOf']) {
    this.#seriesMax = seriesMax
    this.#countHeld = countHeld
    this.numberOf = numberOf
  }

  /** Whether the scrape lacked a number. */
  get wasRefused(): boolean {
    return this.#wasRefused
  }

  /**
   * Throws LimitExceededError (E_SERIES) unless the scrape may take one of the `free` numbers. The more series a target has,
   * the more must be free, so that those which have few find room when one has filled it.
   *
   * Source: A. K. Choudhury and E. L. Hahne, "Dynamic queue length thresholds for shared-memory packet switches" (1998).
   */
  checkRoom(free: number): void {
    if (free === 0) this.#refuse(`the targets have more than ${this.#seriesMax} series together`)
    // No target has more than all of them.
    if (free * SERIES_HELD_PER_FREE >= this.#seriesMax) return
    this.#held ??= this.#countHeld()
    const held = this.#held + this.taken.length
    if (held <= free * SERIES_HELD_PER_FREE) return
    this.#refuse(
      `the target brings a new series and has ${held}, while there is room for only ${free} more of all targets together`,
    )
  }

  #refuse(message: string): never {
    this.#wasRefused = true
    throw new LimitExceededError('E_SERIES', message)
  }
}
