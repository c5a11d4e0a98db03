import { copy } from './copy'
import {
  NO_NAME,
  OWN_SLOTS,
  RENDERED,
  RENDERED_BYTES_MAX,
  SCRATCH,
  SERIES_BYTES_MAX,
  SLOT_BINDING,
  SLOT_NEXT,
  SLOT_TIMESTAMP,
  TOUCHED_BINDING,
  TOUCHED_BYTES,
  TOUCHED_NAME,
  TOUCHED_SLOT,
  UNMERGEABLE,
} from './layout'
import { NUMBER_BYTES_MAX, printInteger, printNumber } from './print'
import { slotAt, slotSamples, slotValue } from './scrape'
import { readText, textBytes, textName } from './texts'

/** Longest line: series, value, timestamp, two blanks and the newline. */
const LINE_BYTES_MAX: usize = <usize>SERIES_BYTES_MAX + 2 * NUMBER_BYTES_MAX + 3

/**
 * Lists slots that samples touched, at RENDERED, in the order of their first samples: from `first` on, `most` at most. How
 * many it were.
 */
export function listTouched(output: usize, texts: usize, first: u32, most: u32): u32 {
  let next = first + 1
  let listed: u32 = 0
  for (let at: usize = RENDERED; next != 0 && listed < most; at += TOUCHED_BYTES) {
    const slot = next - 1
    const address = slotAt(output, slot)
    store<u32>(at, slot, TOUCHED_SLOT)
    store<u32>(at, load<u32>(address, SLOT_BINDING), TOUCHED_BINDING)
    let name = slot < OWN_SLOTS ? textName(texts, slot) : NO_NAME
    if (slotSamples(address) == 0) name = UNMERGEABLE
    store<u32>(at, name, TOUCHED_NAME)
    next = load<u32>(address, SLOT_NEXT)
    listed++
  }
  return listed
}

/** Where what `renderSamples` has rendered ends. */
export let renderedEnd: usize = RENDERED

/**
 * Prints samples at RENDERED, a line each: of the slots listed in the scratch, from number `first` to `count`. The number of
 * the first that is left: RENDERED_BYTES_MAX are full, or the host has to print it, because its text or its value is not
 * for here.
 *
 * Cost of a line of 300 bytes: text 30 ns, copy 10 ns, number 5–15 ns.
 */
export function renderSamples(output: usize, texts: usize, first: u32, count: u32): u32 {
  let to: usize = RENDERED
  let next = first
  while (next < count && to + LINE_BYTES_MAX <= RENDERED + RENDERED_BYTES_MAX) {
    const slot = load<u32>(SCRATCH + (<usize>next << 2))
    if (slot >= OWN_SLOTS) break
    const end = renderSample(output, texts, slot, to)
    if (end == 0) break
    to = end
    next++
  }
  renderedEnd = to
  return next
}

/** Where the line ends; 0 when the host has to print it. */
function renderSample(output: usize, texts: usize, slot: u32, to: usize): usize {
  const address = slotAt(output, slot)
  const timestamp = slotSamples(address) == 1 ? load<f64>(address, SLOT_TIMESTAMP) : -1
  if (timestamp < -1) return 0
  const text = readText(texts, slot)
  let at = copy(to, text, <usize>textBytes)
  store<u8>(at, 0x20)
  at = printNumber(at + 1, slotValue(address))
  if (at == 0) return 0
  if (timestamp >= 0) {
    store<u8>(at, 0x20)
    at = printInteger(at + 1, <u64>timestamp)
  }
  store<u8>(at, 0x0a)
  return at + 1
}
