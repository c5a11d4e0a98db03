import {
  COLLECT_STORE,
  EXIT_LINE,
  EXIT_MORE,
  EXIT_NAME,
  EXIT_SERIES,
  EXIT_STAMP,
  KIND_BITS,
  NAME_CHECK,
  SCRAPE_AT,
  SCRAPE_EPOCH,
  SCRAPE_NAME,
  SCRAPE_NAMES,
  SCRAPE_PREDICTED,
  SCRAPE_REPEATED,
  SCRAPE_RESUME,
  SCRAPE_SAMPLES,
  SCRAPE_SEEN,
  SCRAPE_STAMPED,
  SCRAPE_TIMESTAMP,
  SCRAPE_UNWANTED,
  SCRAPE_VALUE_PAGES,
  VALUE_PAGE_BYTES,
  VALUE_PAGE_SHIFT,
} from './layout'
import { number } from './number'
import { allocatePage, freeItems, freePage } from './pages'
import { CUT, firstEnd, isSeries, locate, readValue, series, seriesEnd, takeApart, timestamp } from './run'
import { increment, nameAt } from './scrape'
import { ENTRY_VALUE, entryAt, insert, NONE } from './table'
import { NOT_PLAIN } from './tokens'

/**
 * Collections: scrapes whose samples go nowhere yet. An entry of the table of series has the number of its series as its
 * value, and behind its length the number of its metric; the value of a sample is stored by the number of the series.
 */
const ENTRY_METRIC: usize = 14

/** What stands where there is no value; no number that is read has these bits. */
const ABSENT: u64 = 0xffffffffffffffff
const PAGES_EACH: u32 = 16

/**
 * Reads lines from `start` to `end` as `run` does, for a scrape that collects: `EXIT_LINE` is a line that is no plain sample
 * of a known series, `EXIT_SERIES` a plain one of a new series, `EXIT_NAME` a metric whose family has to be looked at, `EXIT_STAMP`
 * a sample that was taken, and whose timestamp the host has to take. Otherwise the line stopped at has had no effect.
 *
 * Cost of a line beside that of `run`: entry and name as there; then one store, nearly in order, instead of records and slots.
 */
export function collect(scrape: usize, start: usize, end: usize): i32 {
  let at = start
  let predicted = load<u32>(scrape, SCRAPE_PREDICTED)
  let resume = load<u32>(scrape, SCRAPE_RESUME)
  let exit = EXIT_MORE
  while (at < end) {
    // Fast path: the series that followed the last one in the scrape before, or the one where order was left.
    let entry = predicted
    if (!isSeries(entry, at, end)) {
      entry = resume
      if (resume == predicted || !isSeries(entry, at, end)) {
        // Slow path: look for the end of the series.
        entry = locate(at, end)
        if (entry == CUT) break
        if (entry == NONE) {
          const isPlain = takeApart(scrape, at) != NOT_PLAIN && readValue(firstEnd + 1) != 0
          exit = isPlain ? EXIT_SERIES : EXIT_LINE
          break
        }
        resume = predicted
      }
    }
    const next = readValue(seriesEnd + 1)
    if (next == 0) {
      exit = EXIT_LINE
      break
    }
    const taken = take(scrape, entry)
    if (taken == UNBOUND) {
      exit = EXIT_NAME
      break
    }
    predicted = entry + 1
    at = next
    if (timestamp != -1 && taken == STORED) {
      store<u32>(scrape, load<u32>(entryAt(series, entry), ENTRY_VALUE), SCRAPE_STAMPED)
      store<f64>(scrape, timestamp, SCRAPE_TIMESTAMP)
      exit = EXIT_STAMP
      break
    }
  }
  store<u32>(scrape, <u32>at, SCRAPE_AT)
  store<u32>(scrape, predicted, SCRAPE_PREDICTED)
  store<u32>(scrape, resume, SCRAPE_RESUME)
  return exit
}

/** What became of a sample: its metric has to be bound first, its value does not count, it is stored. */
const UNBOUND: u32 = 0
const LEFT: u32 = 1
const STORED: u32 = 2

/** Stores the number read last as the value of a series. */
// @ts-ignore: decorator
@inline
function take(scrape: usize, entry: u32): u32 {
  const at = entryAt(series, entry)
  const metric: u32 = load<u16>(at, ENTRY_METRIC)
  if (load<u32>(nameAt(scrape, metric), NAME_CHECK) != load<u32>(scrape, SCRAPE_EPOCH) << KIND_BITS) {
    store<u32>(scrape, metric, SCRAPE_NAME)
    return UNBOUND
  }
  increment(scrape + SCRAPE_SAMPLES)
  const seriesNumber = load<u32>(at, ENTRY_VALUE)
  if (seriesNumber == NONE) increment(scrape + SCRAPE_UNWANTED)
  else if (put(scrape, seriesNumber, number)) return STORED
  else increment(scrape + SCRAPE_REPEATED)
  return LEFT
}

/** Stores a value under a number, unless there is one; whether there was none. */
export function put(scrape: usize, seriesNumber: u32, value: f64): bool {
  const at = valueAt(scrape, seriesNumber)
  if (load<u64>(at) != ABSENT) return false
  store<f64>(at, value)
  return true
}

/** Where the value with a number is. */
// @ts-ignore: decorator
@inline
function valueAt(scrape: usize, seriesNumber: u32): usize {
  const directory = load<u32>(scrape, SCRAPE_SEEN) + ((<usize>seriesNumber >> VALUE_PAGE_SHIFT) << 2)
  let page: usize = load<u32>(directory)
  if (page == 0) {
    page = addValuePage(scrape)
    store<u32>(directory, <u32>page)
  }
  return page + ((<usize>seriesNumber & ((1 << VALUE_PAGE_SHIFT) - 1)) << 3)
}

function addValuePage(scrape: usize): usize {
  const count = load<u32>(scrape, SCRAPE_VALUE_PAGES)
  const at = scrape + COLLECT_STORE + ((<usize>count / PAGES_EACH) << 2)
  if (count % PAGES_EACH == 0) store<u32>(at, <u32>allocatePage())
  const page: usize = load<u32>(at) + <usize>(count % PAGES_EACH) * VALUE_PAGE_BYTES
  memory.fill(page, 0xff, VALUE_PAGE_BYTES)
  store<u32>(scrape, count + 1, SCRAPE_VALUE_PAGES)
  return page
}

/** Gives a series that has no entry one: its entry. */
export function enterSeries(start: usize, length: i32, seriesNumber: u32, metric: u32): u32 {
  const entry = insert(series, start, length, seriesNumber)
  store<u16>(entryAt(series, entry), <u16>metric, ENTRY_METRIC)
  return entry
}

/** The metric of an entry. */
export function metricOf(entry: u32): u32 {
  return load<u16>(entryAt(series, entry), ENTRY_METRIC)
}

/** Frees all that a scrape that collects holds. */
export function endCollection(scrape: usize): void {
  const count = load<u32>(scrape, SCRAPE_VALUE_PAGES)
  freeItems(scrape + COLLECT_STORE, (count + PAGES_EACH - 1) / PAGES_EACH)
  freePage(load<u32>(scrape, SCRAPE_SEEN))
  freeItems(load<u32>(scrape, SCRAPE_NAMES), 1 << 14)
  freePage(load<u32>(scrape, SCRAPE_NAMES))
  freePage(scrape)
}
