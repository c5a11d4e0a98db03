/** What decides how much the kernel holds. */
export interface Remembered {
  /** Series that are known. */
  readonly series: number
  /** Series of the outputs that sum, of all of them. */
  readonly outputSeries: number
}

/** Directories and the last page of each array: a few for what is shared, a few for a scrape. */
const PAGES_MAX = 40
const PAGE_BYTES = 64 * 1024

/** Entry 16; two thirds of the index filled at least after it grew: 4 × 2 / 0.75; two bits of those that came. */
const SERIES_BYTES = 16 + 8 / 0.75 + 2 / 8
/** Entry and index of its text; record, with its entry and index; what the scrape has added up. */
const OUTPUT_SERIES_BYTES = 2 * (16 + 8 / 0.75) + 16 + 32
/** The place of a text, and what differs from its neighbour: with long labels that much, mostly less. */
const TEXT_BYTES = 20 + 64

/** The memory formula of docs/performance.md for one program: how much its kernel may hold during a scrape, in bytes. */
export function memoryBound({ series, outputSeries }: Remembered): number {
  return PAGES_MAX * PAGE_BYTES + SERIES_BYTES * series + (OUTPUT_SERIES_BYTES + TEXT_BYTES) * outputSeries
}

/** Throws when the kernel holds more than the formula says: a measurement of time would not show that. */
export function checkMemory(heldBytes: number, remembered: Remembered): void {
  const bound = memoryBound(remembered)
  if (heldBytes <= bound) return
  const { series, outputSeries } = remembered
  throw new Error(
    `the kernel holds ${heldBytes} bytes for ${series} series and ${outputSeries} output series; the formula of ` +
      `docs/performance.md allows ${Math.floor(bound)}`,
  )
}
