/**
 * Values of raw series by their number, in pages, so that a target costs memory for the series that it has and not for
 * those of all targets together. Series that are new in one scrape get numbers one after the other, so pages fill.
 */

/** How many series a page is for: series `n` is element `n % PAGE_SERIES` of page `n / PAGE_SERIES`. */
export const PAGE_SERIES = 512

/**
 * What stands where there is no value: all bits set. As a float64 that is a NaN, but not one that arithmetic or a parser
 * makes, so a series whose value is NaN can be told from one that did not come. Only whole words show it.
 */
const ABSENT_WORD = 0xffffffff

/** Pages by number; undefined where none of a page's series has a value. */
export type ValuePages = readonly (Float64Array | undefined)[]

/** A page on which nothing stands. */
export function createPage(): Float64Array {
  const page = new Float64Array(PAGE_SERIES)
  wordsOf(page).fill(ABSENT_WORD)
  return page
}

/** The same memory as words, for `isAbsent` and `makeAbsent`. */
export function wordsOf(page: Float64Array): Uint32Array {
  return new Uint32Array(page.buffer, page.byteOffset, 2 * PAGE_SERIES)
}

/** Whether an element has no value; `words` are those of its page. */
export function isAbsent(words: Uint32Array, index: number): boolean {
  return words[2 * index + 1] === ABSENT_WORD
}

/** Takes the value of an element away. */
export function makeAbsent(words: Uint32Array, index: number): void {
  words[2 * index] = ABSENT_WORD
  words[2 * index + 1] = ABSENT_WORD
}

/** The value of a series; undefined where it has none. */
export function valueIn(pages: ValuePages, series: number): number | undefined {
  const page = pages[Math.floor(series / PAGE_SERIES)]
  const index = series % PAGE_SERIES
  return page === undefined || isAbsent(wordsOf(page), index) ? undefined : page[index]
}
