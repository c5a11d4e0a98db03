import type { ExpositionFormat } from '../exposition/format.ts'
import { SERIES_UNSEEN_SCRAPES } from '../limits.ts'
import type { KnownProcess } from './process-identity.ts'
import { createPage, isAbsent, makeAbsent, PAGE_SERIES, wordsOf } from './values.ts'

const BITS = 32
const BIT_WORDS = PAGE_SERIES / BITS

/** What is remembered of a page of series of one target: 8¼ bytes for each series. */
export class MemoryPage {
  /** The last value of each series. */
  readonly last = createPage()
  readonly words = wordsOf(this.last)
  /** Bits: the series that the last complete scrape had. */
  readonly present = new Uint32Array(BIT_WORDS)
  /** Bits: the series that came since the last `forgetUnseen`. */
  readonly recent = new Uint32Array(BIT_WORDS)

  /** Notes which series came: those that have a value in a page that is given as words. */
  see(values: Uint32Array): void {
    for (let word = 0; word < BIT_WORDS; word++) {
      let bits = 0
      for (let bit = 0; bit < BITS; bit++) if (!isAbsent(values, word * BITS + bit)) bits |= 1 << bit
      this.present[word] = bits
      this.recent[word] = (this.recent[word] as number) | bits
    }
  }

  isPresent(index: number): boolean {
    return (((this.present[index >>> 5] as number) >>> (index & 31)) & 1) === 1
  }

  /** Whether anything is known of a series: it has a last value, or the last scrape had it. */
  isKnown(index: number): boolean {
    return this.isPresent(index) || !isAbsent(this.words, index)
  }

  /** Of how many series anything is known. */
  countKnown(): number {
    let known = 0
    for (let index = 0; index < PAGE_SERIES; index++) if (this.isKnown(index)) known++
    return known
  }

  /** Forgets the series that did not come since this was done before; false when nothing is left. */
  forgetUnseen(): boolean {
    let isLeft = false
    for (let index = 0; index < PAGE_SERIES; index++) {
      const isRecent = (((this.recent[index >>> 5] as number) >>> (index & 31)) & 1) === 1
      if (isRecent) isLeft = true
      else if (!isAbsent(this.words, index)) makeAbsent(this.words, index)
    }
    this.recent.fill(0)
    return isLeft
  }
}

const PAGE_BYTES = PAGE_SERIES * 8 + 2 * BIT_WORDS * 4
/** Objects and views that belong to a page, in bytes, about. */
const PAGE_OVERHEAD_BYTES = 500

/** A timestamp or an exemplar and its place in a map, in bytes, about. */
const EXTRAS_BYTES = 120

/** What is remembered of one target. */
export class TargetMemory implements KnownProcess {
  format: ExpositionFormat | undefined
  startSeconds: number | undefined
  notSeenSinceMs: number
  /** When it was last in the list, in milliseconds since the epoch. */
  listedMs: number
  /** For how many rounds in a row it has not answered. */
  missedRounds = 0
  /** How many complete scrapes there were since series were forgotten. */
  completeScrapes = 0
  /** Whether a scrape failed since the last complete one because there were no numbers for its new series. */
  lacksNumbers = false
  /** Timestamps and exemplars of its last complete scrape, by number of the series. */
  extras: ReadonlyMap<number, string> = new Map()
  readonly #pages: (MemoryPage | undefined)[] = []

  /** Of an address that is listed for the first time; `notSeenSinceMs` see KnownProcess. */
  constructor(notSeenSinceMs: number, nowMs: number) {
    this.notSeenSinceMs = notSeenSinceMs
    this.listedMs = nowMs
  }

  get heldBytes(): number {
    const pages = this.#pages.filter(page => page !== undefined).length
    const extras = this.extras.size * EXTRAS_BYTES
    return pages * (PAGE_BYTES + PAGE_OVERHEAD_BYTES) + this.#pages.length * 8 + extras
  }

  /** The pages that there are, by number. */
  get pages(): readonly (MemoryPage | undefined)[] {
    return this.#pages
  }

  /** A page for the series of a scrape, a new one where there is none. */
  pageFor(number: number): MemoryPage {
    const page = this.#pages[number] ?? new MemoryPage()
    this.#pages[number] = page
    return page
  }

  /** Begins the commit of a scrape: no series is present until it comes. */
  clearPresence(): void {
    for (const page of this.#pages) page?.present.fill(0)
  }

  /** Forgets all values: another process answers. */
  forgetValues(): void {
    this.#pages.length = 0
  }

  /**
   * Forgets all but when it was last seen: when it answers again, it counts from then on, beside what began since it was
   * seen.
   */
  forget(): void {
    this.forgetValues()
    this.format = undefined
    this.startSeconds = undefined
    this.extras = new Map()
    this.completeScrapes = 0
    this.lacksNumbers = false
  }

  /**
   * See MemoryPage.forgetUnseen. A target that answered seldom since keeps what it has: one scrape without a series says
   * little, and the series would count from 0 if it came back.
   */
  forgetUnseen(): void {
    if (this.completeScrapes < SERIES_UNSEEN_SCRAPES) return
    this.completeScrapes = 0
    for (const [number, page] of this.#pages.entries()) {
      if (page !== undefined && !page.forgetUnseen()) this.#pages[number] = undefined
    }
  }

  /** Whether its last complete scrape had a series. */
  has(series: number): boolean {
    return this.#pages[Math.floor(series / PAGE_SERIES)]?.isPresent(series % PAGE_SERIES) ?? false
  }

  /** Of how many series anything is known. */
  countKnown(): number {
    return this.#pages.reduce((known, page) => known + (page?.countKnown() ?? 0), 0)
  }

  /** Whether anything is known of a series. */
  knows(series: number): boolean {
    return this.#pages[Math.floor(series / PAGE_SERIES)]?.isKnown(series % PAGE_SERIES) ?? false
  }
}
