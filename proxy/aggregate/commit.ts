import type { ExpositionFormat } from '../exposition/format.ts'
import type { CreatedIndex } from './created.ts'
import { raise, riseSince } from './increase.ts'
import { type Continuity, hasStartedSince, judgeProcess } from './process-identity.ts'
import type { DirectoryOutput, SeriesDirectory } from './series-directory.ts'
import type { MemoryPage, TargetMemory } from './target-memory.ts'
import { isAbsent, PAGE_SERIES, type ValuePages, valueIn, wordsOf } from './values.ts'

/** A complete scrape of a target. */
export interface CompleteScrape {
  readonly format: ExpositionFormat
  readonly pages: ValuePages
  readonly extras: ReadonlyMap<number, string>
}

/** What a commit came across. */
export interface CommitStats {
  readonly continuity: Continuity
  /** Counters that fell. */
  readonly resets: number
  /** Values of counters that are no finite numbers, which were skipped. */
  readonly skippedValues: number
}

/**
 * Takes a complete scrape over into what is remembered of its target, and adds to the sums of increases what its counters
 * have risen by. `nowMs`: when the round began.
 */
export function commitScrape(
  memory: TargetMemory,
  scrape: CompleteScrape,
  directory: SeriesDirectory,
  nowMs: number,
): CommitStats {
  const { format, pages, extras } = scrape
  const startSeconds = startOf(directory.processStarts, pages)
  const continuity = judgeProcess(memory, { format, startSeconds }, nowMs)
  if (continuity !== 'continues') {
    memory.forgetValues()
    memory.startSeconds = undefined
  }
  memory.clearPresence()
  const commit = new Commit(directory, pages, continuity, memory.notSeenSinceMs, nowMs)
  for (const [number, values] of pages.entries()) {
    if (values !== undefined) commit.page(number, values, memory.pageFor(number))
  }
  memory.format = format
  memory.startSeconds = startSeconds ?? memory.startSeconds
  memory.notSeenSinceMs = nowMs
  memory.extras = new Map(extras)
  memory.completeScrapes++
  memory.lacksNumbers = false
  return { continuity, resets: commit.resets, skippedValues: commit.skippedValues }
}

/** When the process started. Several series of that name are of other processes, whoever exposes them. */
function startOf(processStarts: ReadonlySet<number>, pages: ValuePages): number | undefined {
  const starts: number[] = []
  for (const series of processStarts) {
    const value = valueIn(pages, series)
    if (value !== undefined && Number.isFinite(value)) starts.push(value)
  }
  return starts.length === 1 ? starts[0] : undefined
}

class Commit {
  resets = 0
  skippedValues = 0
  /** What each series of a page has risen by. */
  readonly #rises = new Float64Array(PAGE_SERIES)
  readonly #increases: Uint8Array
  readonly #created: CreatedIndex
  readonly #outputs: readonly DirectoryOutput[]
  readonly #pages: ValuePages
  /** Whether what is seen for the first time counts from 0. */
  readonly #countsWhole: boolean
  readonly #notSeenSinceMs: number
  readonly #nowMs: number

  constructor(
    directory: SeriesDirectory,
    pages: ValuePages,
    continuity: Continuity,
    notSeenSinceMs: number,
    nowMs: number,
  ) {
    this.#increases = directory.increases
    this.#created = directory.created
    this.#outputs = directory.outputs
    this.#pages = pages
    this.#countsWhole = continuity !== 'unproven'
    this.#notSeenSinceMs = notSeenSinceMs
    this.#nowMs = nowMs
  }

  page(number: number, values: Float64Array, memory: MemoryPage): void {
    const rises = this.#rises.fill(Number.NaN)
    const words = wordsOf(values)
    const increases = this.#increases.subarray(number * PAGE_SERIES)
    for (let index = 0; index < PAGE_SERIES; index++) {
      const value = values[index] as number
      const isCounter = increases[index] === 1
      if (!Number.isFinite(value)) {
        if (isAbsent(words, index)) continue
        if (isCounter) {
          this.skippedValues++
          continue
        }
      }
      if (isCounter) rises[index] = this.#rise(number * PAGE_SERIES + index, memory, index, value)
      memory.last[index] = value
    }
    memory.see(words)
    for (const output of this.#outputs) addRises(rises, output, number * PAGE_SERIES)
  }

  #rise(series: number, memory: MemoryPage, index: number, value: number): number {
    const last = memory.last[index] as number
    if (Number.isNaN(last)) return this.#isNew(series) ? Math.max(value, 0) : 0
    if (value < last) this.resets++
    return riseSince(last, value)
  }

  /** Whether a series that was not seen before has begun since the target was last seen. */
  #isNew(series: number): boolean {
    if (this.#countsWhole) return true
    const created = this.#created.of(series)
    if (created === undefined) return false
    return hasStartedSince(this.#notSeenSinceMs, valueIn(this.#pages, created), this.#nowMs)
  }
}

/** Adds what the series of a page have risen by to the sums of an output; NaN: nothing is known of a rise. */
function addRises(rises: Float64Array, { slotOf, slots }: DirectoryOutput, firstSeries: number): void {
  const { totals } = slots
  for (let index = 0; index < PAGE_SERIES; index++) {
    const rise = rises[index] as number
    if (Number.isNaN(rise)) continue
    const slot = slotOf[firstSeries + index] as number
    if (slot >= 0) totals[slot] = raise(totals[slot] as number, rise)
  }
}
