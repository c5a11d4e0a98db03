import type { ExpositionFormat } from '../exposition/format.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import { type LineEnds, LineSplitter } from '../exposition/lines.ts'
import type { ScrapeLimits } from './scrape-limits.ts'
import { SlicePool } from './slice-pool.ts'
import type { OutputStats } from './stats.ts'

/** The end of an OpenMetrics exposition. */
export const END_MARKER = '# EOF\n'

/**
 * Collects the lines of one output in slices, within a limit. The first line that does not fit closes the output:
 * from then on nothing is written but the end marker, for which room is kept.
 */
export class OutputWriter {
  readonly #name: string
  readonly #ends: LineEnds
  /** How many bytes lines may take. */
  readonly #linesBytesMax: number
  readonly #limits: ScrapeLimits
  readonly #stats: OutputStats
  readonly #pool: SlicePool
  #slices: Uint8Array[] = []
  #slice = Buffer.alloc(0)
  /** How much of the slice has been taken, and how much has been written. */
  #taken = 0
  #filled = 0

  /** `name` is for messages; bytesOut and truncatedOutput are kept in `stats`. Memory comes from `pool`. */
  constructor(
    name: string,
    format: ExpositionFormat,
    ends: LineEnds,
    limits: ScrapeLimits,
    stats: OutputStats,
    pool = new SlicePool(),
  ) {
    const { outputBytesMax } = limits
    const reserved = format === 'openmetrics' ? END_MARKER.length : 0
    this.#name = name
    this.#ends = ends
    this.#linesBytesMax = outputBytesMax === 0 ? Infinity : outputBytesMax - reserved
    this.#limits = limits
    this.#stats = stats
    this.#pool = pool
  }

  /** Writes whole lines as the bytes that came. False when they do not fit. Throws LimitExceededError. */
  writeBytes(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#admit(end - start)) return false
    this.#put(bytes, start, end)
    return true
  }

  /**
   * Writes so many lines as the bytes that came: all of them, or those from the first on that fit. How many it were.
   * Throws LimitExceededError.
   */
  writeLines(bytes: Buffer, start: number, end: number, count: number): number {
    if (this.#stats.truncatedOutput) return 0
    if (this.#stats.bytesOut + end - start <= this.#linesBytesMax) {
      this.writeBytes(bytes, start, end)
      return count
    }
    let written = 0
    for (const line of new LineSplitter(this.#ends).push(bytes.subarray(start, end))) {
      if (!this.writeBytes(line.bytes, line.start, line.end)) break
      written++
    }
    return written
  }

  /** Writes a line that begins with some bytes and goes on as a text. False when it does not fit. Throws LimitExceededError. */
  writeSample(bytes: Buffer, start: number, end: number, rest: string): boolean {
    const length = end - start + Buffer.byteLength(rest)
    if (!this.#admit(length)) return false
    this.#put(bytes, start, end)
    this.#append(rest, length - (end - start))
    return true
  }

  /** Writes whole lines. False when they do not fit. Throws LimitExceededError. */
  writeText(text: string): boolean {
    const length = Buffer.byteLength(text)
    if (!this.#admit(length)) return false
    this.#append(text, length)
    return true
  }

  /** Writes the end marker as it came, after a cut too. */
  writeEnd(text: string): void {
    this.#stats.bytesOut += text.length
    this.#append(text, text.length)
  }

  /** What was written since the last call. The caller owns it. */
  take(): Uint8Array[] {
    if (this.#filled > this.#taken) this.#slices.push(this.#slice.subarray(this.#taken, this.#filled))
    this.#taken = this.#filled
    const slices = this.#slices
    this.#slices = []
    return slices
  }

  /** The rest. The only slice of a small output leaves as a copy, and can be filled again at once. */
  finish(): Uint8Array[] {
    const isWhole = this.#taken === 0 && this.#filled > 0 && this.#filled < this.#slice.length
    if (!isWhole) return this.take()
    // Not of Node's own pool, whose memory nobody may take for a slice.
    const rest = Buffer.allocUnsafeSlow(this.#filled)
    this.#slice.copy(rest, 0, 0, this.#filled)
    this.#pool.giveBack(this.#slice)
    this.#slice = Buffer.alloc(0)
    this.#filled = 0
    return [...this.take(), rest]
  }

  /** Whether a slice is full and should be taken. */
  get hasFullSlice(): boolean {
    return this.#slices.length > 0
  }

  /** Whether so many bytes fit; counts them if so. */
  #admit(length: number): boolean {
    if (this.#stats.truncatedOutput) return false
    const bytesOut = this.#stats.bytesOut + length
    if (bytesOut > this.#linesBytesMax) {
      if (this.#limits.onLimit === 'fail') throw this.#exceeded()
      this.#stats.truncatedOutput = true
      return false
    }
    this.#stats.bytesOut = bytesOut
    return true
  }

  #exceeded(): LimitExceededError {
    const { outputBytesMax } = this.#limits
    return new LimitExceededError('E_OUTPUT_BYTES', `${this.#name} is larger than ${outputBytesMax} bytes`)
  }

  #append(text: string, length: number): void {
    if (this.#filled + length > this.#slice.length) this.#put(Buffer.from(text), 0, length)
    else this.#filled += this.#slice.write(text, this.#filled, 'utf8')
  }

  #put(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#filled === this.#slice.length) this.#begin()
      const copied = bytes.copy(this.#slice, this.#filled, at, end)
      this.#filled += copied
      at += copied
    }
  }

  /** Begins another slice: this one is full. */
  #begin(): void {
    if (this.#filled > this.#taken) this.#slices.push(this.#slice.subarray(this.#taken, this.#filled))
    this.#slice = this.#pool.take()
    this.#taken = 0
    this.#filled = 0
  }
}
