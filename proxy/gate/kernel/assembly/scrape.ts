import {
  ADD_ON_ERROR,
  NAME_BEGUN,
  NAME_BINDING,
  NAME_CHECK,
  NAME_SHIFT,
  OUTPUT_ACCUMULATES,
  OUTPUT_FIRST,
  OUTPUT_LAST,
  OUTPUT_MERGED,
  OUTPUT_RULE_ERRORS,
  OUTPUT_SHIFT,
  OUTPUT_STORE,
  SCRAPE_EPOCH,
  SCRAPE_NAMES,
  SCRAPE_OUTPUTS,
  SCRAPE_SEEN,
  SLOT_BINDING,
  SLOT_COUNT,
  SLOT_NEXT,
  SLOT_SHIFT,
  SLOT_SUM,
  SLOT_TIMESTAMP,
} from './layout'
import { allocatePage, freeItems, freePage, item } from './pages'
import { createBits, freeBits, testAndSetBit } from './table'

const DIRECTORY_PAGES: u32 = 1 << 14

/** Begins a scrape; its address. Its outputs have to be opened. */
export function beginScrape(): usize {
  const scrape = allocatePage()
  store<u32>(scrape, <u32>createBits(), SCRAPE_SEEN)
  store<u32>(scrape, <u32>allocatePage(), SCRAPE_NAMES)
  store<u32>(scrape, 1, SCRAPE_EPOCH)
  return scrape
}

/** The address of an output of a scrape. */
// @ts-ignore: decorator
@inline
export function outputAt(scrape: usize, index: u32): usize {
  return scrape + SCRAPE_OUTPUTS + ((<usize>index) << OUTPUT_SHIFT)
}

export function openOutput(scrape: usize, index: u32, accumulates: bool): void {
  const output = outputAt(scrape, index)
  store<u32>(output, accumulates ? 1 : 0, OUTPUT_ACCUMULATES)
  store<u32>(output, <u32>allocatePage(), OUTPUT_STORE)
}

/** Frees all that a scrape holds. */
export function endScrape(scrape: usize, outputs: u32): void {
  freeBits(load<u32>(scrape, SCRAPE_SEEN))
  freeDirectory(load<u32>(scrape, SCRAPE_NAMES))
  for (let i: u32 = 0; i < outputs; i++) {
    const output = outputAt(scrape, i)
    const store_: usize = load<u32>(output, OUTPUT_STORE)
    if (load<u32>(output, OUTPUT_ACCUMULATES) != 0) freeDirectory(store_)
    else freePage(store_)
  }
  freePage(scrape)
}

function freeDirectory(directory: usize): void {
  freeItems(directory, DIRECTORY_PAGES)
  freePage(directory)
}

/** Forgets which families names belong to: something was declared. */
export function forgetFamilies(scrape: usize): void {
  store<u32>(scrape, load<u32>(scrape, SCRAPE_EPOCH) + 1, SCRAPE_EPOCH)
}

/** Says what family a name belongs to: which label is a number in it, the host's number for it, who has its metadata. */
export function bindName(scrape: usize, name: u32, numeric: u32, binding: u32, begun: u32): void {
  const at = nameAt(scrape, name)
  store<u32>(at, load<u32>(scrape, SCRAPE_EPOCH) * 4 + numeric, NAME_CHECK)
  store<u32>(at, binding, NAME_BINDING)
  store<u32>(at, begun, NAME_BEGUN)
}

// @ts-ignore: decorator
@inline
export function nameAt(scrape: usize, name: u32): usize {
  return item(load<u32>(scrape, SCRAPE_NAMES), name, NAME_SHIFT)
}

/** Notes that a series came; whether it came before in this scrape. */
export function see(scrape: usize, entry: u32): bool {
  return testAndSetBit(load<u32>(scrape, SCRAPE_SEEN), entry)
}

/**
 * Adds a sample to a slot, at `ADD` or `ADD_ON_ERROR` of an output; how many samples the slot has now. The first
 * brings its timestamp (-1: none) and the host's number for its metric.
 */
export function add(output: usize, operation: u32, value: f64, timestamp: f64, binding: u32): u32 {
  if ((operation & 7) == ADD_ON_ERROR) increment(output + OUTPUT_RULE_ERRORS)
  const slot = operation >> 3
  const at = slotAt(output, slot)
  const count = load<u32>(at, SLOT_COUNT) + 1
  store<u32>(at, count, SLOT_COUNT)
  if (count != 1) {
    store<f64>(at, load<f64>(at, SLOT_SUM) + value, SLOT_SUM)
    increment(output + OUTPUT_MERGED)
    return count
  }
  store<f64>(at, value, SLOT_SUM)
  store<f64>(at, timestamp, SLOT_TIMESTAMP)
  store<u32>(at, binding, SLOT_BINDING)
  const last = load<u32>(output, OUTPUT_LAST)
  if (last == 0) store<u32>(output, slot + 1, OUTPUT_FIRST)
  else store<u32>(slotAt(output, last - 1), slot + 1, SLOT_NEXT)
  store<u32>(output, slot + 1, OUTPUT_LAST)
  return count
}

/** The address of a slot of an output. */
// @ts-ignore: decorator
@inline
export function slotAt(output: usize, slot: u32): usize {
  return item(load<u32>(output, OUTPUT_STORE), slot, SLOT_SHIFT)
}

// @ts-ignore: decorator
@inline
export function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1)
}
