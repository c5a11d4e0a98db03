import type { Collection, SeriesCollector, SeriesRegistrar } from '../../../aggregate/collector.ts'
import type { ExpositionFormat } from '../../../exposition/format.ts'
import { UNWANTED_SERIES_MAX } from '../../../limits.ts'
import { KernelCollection } from './collection.ts'
import { KnownSeries } from './known-series.ts'

/**
 * Reads the expositions of all targets of an aggregator with the kernel. It gives what LineCollector gives.
 *
 * Memory: 16 bytes for each series that some target has, 5 to 11 more for the index of them; for each scrape that is not
 * closed yet 8 for each of its series, in pages of 512; for each that is under way 256 KiB more.
 */
export class KernelCollector implements SeriesCollector {
  readonly #known = new Map<ExpositionFormat, KnownSeries>()
  readonly #inputBytesMax: number

  readonly #unwantedMax: number

  /**
   * `inputBytesMax` bounds the body of a target, 0: not at all; `unwantedMax` bounds how many series that no output wants are
   * remembered in each format.
   */
  constructor(inputBytesMax: number, unwantedMax = UNWANTED_SERIES_MAX) {
    this.#unwantedMax = unwantedMax
    this.#inputBytesMax = inputBytesMax
  }

  get heldBytes(): number {
    let bytes = 0
    for (const known of this.#known.values()) bytes += known.heldBytes
    return bytes
  }

  open(format: ExpositionFormat, registrar: SeriesRegistrar): Collection {
    let known = this.#known.get(format)
    if (known === undefined) {
      known = new KnownSeries(format, this.#unwantedMax)
      this.#known.set(format, known)
    }
    return new KernelCollection(known, format, registrar, this.#inputBytesMax)
  }

  forget(isUsed: (number: number) => boolean): void {
    for (const known of this.#known.values()) known.forget(isUsed)
  }
}
