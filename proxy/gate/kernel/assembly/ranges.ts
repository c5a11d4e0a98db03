import { OUTPUT_RANGES, OUTPUT_STORE, RANGE_BYTES, RANGE_END, RANGE_LINES, RANGE_START, RANGES_MAX } from './layout'

/**
 * Notes that lines leave an output as they came; what follows noted lines directly makes their range longer. Whether there
 * is no room for another range.
 */
// @ts-ignore: decorator
@inline
export function noteRange(output: usize, start: usize, end: usize, lines: u32): bool {
  const ranges: usize = load<u32>(output, OUTPUT_STORE)
  const count = load<u32>(output, OUTPUT_RANGES)
  let isFull = false
  let range = ranges + <usize>count * RANGE_BYTES
  if (count != 0 && load<u32>(range - RANGE_BYTES, RANGE_END) == <u32>start) range -= RANGE_BYTES
  else {
    store<u32>(range, <u32>start, RANGE_START)
    store<u32>(range, 0, RANGE_LINES)
    store<u32>(output, count + 1, OUTPUT_RANGES)
    isFull = count + 1 == RANGES_MAX
  }
  store<u32>(range, <u32>end, RANGE_END)
  store<u32>(range, load<u32>(range, RANGE_LINES) + lines, RANGE_LINES)
  return isFull
}
