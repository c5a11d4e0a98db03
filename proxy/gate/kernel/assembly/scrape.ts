import {
  ADD_ON_ERROR,
  AVG,
  COUNT,
  COUNT_SHIFT,
  DISCARD,
  KIND_BITS,
  MAX,
  MIN,
  ONE,
  NAME_BEGUN,
  NAME_BINDING,
  NAME_CHECK,
  NAME_SHIFT,
  OPERATION_FUNCTION,
  OPERATION_FUNCTION_SHIFT,
  OPERATION_KIND,
  OPERATION_SLOT_SHIFT,
  OUTPUT_ACCUMULATES,
  OUTPUT_FIRST,
  OUTPUT_LAST,
  OUTPUT_MERGED,
  OUTPUT_NANS,
  OUTPUT_RULE_ERRORS,
  OUTPUT_SHIFT,
  OUTPUT_STORE,
  SCRAPE_EPOCH,
  SCRAPE_NAMES,
  SCRAPE_OUTPUTS,
  SCRAPE_POLICIES,
  SCRAPE_SEEN,
  SLOT_BINDING,
  SLOT_COUNT,
  SLOT_FUNCTION_SHIFT,
  SLOT_NANS,
  SLOT_NEXT,
  SLOT_SAMPLES,
  SLOT_SHIFT,
  SLOT_TIMESTAMP,
  SLOT_VALUE,
  SUM,
} from './layout'
import { allocatePage, freeItems, freePage, item } from './pages'
import { createBits, freeBits, testAndSetBit } from './table'

const DIRECTORY_PAGES: u32 = 1 << 14

/** Begins a scrape; its address. Its outputs have to be opened. */
export function beginScrape(hasPolicies: bool): usize {
  const scrape = allocatePage()
  store<u32>(scrape, <u32>createBits(), SCRAPE_SEEN)
  store<u32>(scrape, <u32>allocatePage(), SCRAPE_NAMES)
  store<u32>(scrape, 1, SCRAPE_EPOCH)
  if (hasPolicies) store<u32>(scrape, <u32>allocatePage(), SCRAPE_POLICIES)
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
  const policies: usize = load<u32>(scrape, SCRAPE_POLICIES)
  if (policies != 0) freeDirectory(policies)
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

/** Says what family a name belongs to: of what kind it is, the host's number for it, who has its metadata. */
export function bindName(scrape: usize, name: u32, kind: u32, binding: u32, begun: u32): void {
  const at = nameAt(scrape, name)
  store<u32>(at, (load<u32>(scrape, SCRAPE_EPOCH) << KIND_BITS) | kind, NAME_CHECK)
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
  if ((operation & OPERATION_KIND) == ADD_ON_ERROR) increment(output + OUTPUT_RULE_ERRORS)
  const slot = operation >> OPERATION_SLOT_SHIFT
  const at = slotAt(output, slot)
  const count = load<u32>(at, SLOT_COUNT) + 1
  if (count != 1) {
    store<u32>(at, count, SLOT_COUNT)
    increment(output + OUTPUT_MERGED)
    const sum = load<f64>(at, SLOT_VALUE) + value
    // Slow path: another function than the sum, or NaN.
    if (count > SLOT_SAMPLES || sum != sum) return combine(output, at, count, value)
    store<f64>(at, sum, SLOT_VALUE)
    return count
  }
  const by = (operation >> OPERATION_FUNCTION_SHIFT) & OPERATION_FUNCTION
  store<u32>(at, (by << SLOT_FUNCTION_SHIFT) | count, SLOT_COUNT)
  store<f64>(at, value, SLOT_VALUE)
  store<f64>(at, timestamp, SLOT_TIMESTAMP)
  store<u32>(at, binding, SLOT_BINDING)
  const last = load<u32>(output, OUTPUT_LAST)
  if (last == 0) store<u32>(output, slot + 1, OUTPUT_FIRST)
  else store<u32>(slotAt(output, last - 1), slot + 1, SLOT_NEXT)
  store<u32>(output, slot + 1, OUTPUT_LAST)
  return count
}

/** Takes another sample, the second at least, into a slot; how many it has now. NaN is skipped, and counted. */
function combine(output: usize, at: usize, count: u32, value: f64): u32 {
  const by = count >> SLOT_FUNCTION_SHIFT
  const samples = count & SLOT_SAMPLES
  const combined = load<f64>(at, SLOT_VALUE)
  let nans = load<u32>(at, SLOT_NANS)
  if (samples == 2 && combined != combined) {
    nans = 1
    increment(output + OUTPUT_NANS)
  }
  if (value != value) {
    nans++
    increment(output + OUTPUT_NANS)
  } else {
    let next = combined + value
    if (samples - 1 == nans) next = value
    else if (by == MIN) next = min(combined, value)
    else if (by == MAX) next = max(combined, value)
    store<f64>(at, next, SLOT_VALUE)
  }
  store<u32>(at, nans, SLOT_NANS)
  return samples
}

/** How many samples the slot at an address has; 0 when it must not leave, because they cannot merge. */
export function slotSamples(at: usize): u32 {
  const count = load<u32>(at, SLOT_COUNT)
  const samples = count & SLOT_SAMPLES
  return samples > 1 && count >> SLOT_FUNCTION_SHIFT == DISCARD ? 0 : samples
}

/** What they come to in the end. */
export function slotValue(at: usize): f64 {
  const count = load<u32>(at, SLOT_COUNT)
  const samples = count & SLOT_SAMPLES
  const by = count >> SLOT_FUNCTION_SHIFT
  const value = load<f64>(at, SLOT_VALUE)
  if (samples == 1 || by == SUM) return value
  if (by == ONE) return 1
  const numbers = samples - load<u32>(at, SLOT_NANS)
  if (numbers == 0) return NaN
  if (by == COUNT) return <f64>numbers
  return by == AVG ? value / <f64>numbers : value
}

/** Counts a sample by what policies decided about it. */
// @ts-ignore: decorator
@inline
export function countPolicy(scrape: usize, policy: u32): void {
  increment(item(load<u32>(scrape, SCRAPE_POLICIES), policy, COUNT_SHIFT))
}

/** How many samples were counted so since this was asked last. */
export function takePolicyCount(scrape: usize, policy: u32): u32 {
  const at = item(load<u32>(scrape, SCRAPE_POLICIES), policy, COUNT_SHIFT)
  const count = load<u32>(at)
  store<u32>(at, 0)
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
