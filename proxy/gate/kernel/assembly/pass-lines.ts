import { EXIT_FLUSH, EXIT_LINE, EXIT_MORE, SCRAPE_AT, SCRAPE_SAMPLES, SCRAPE_SAMPLES_MAX } from './layout'
import { noteRange } from './ranges'
import { outputAt } from './scrape'

const NEWLINE: u8 = 0x0a
const SPACE: u8 = 0x20
const TAB: u8 = 0x09
const HASH: u8 = 0x23

/**
 * Reads lines of an exposition that no output has rules for, from `start` to `end`, where CHUNK_END_BYTES zeros and some slack
 * follow: they leave as they came, and are counted. Stops as `run` does: `EXIT_MORE`, `EXIT_FLUSH`, and `EXIT_LINE` at a line
 * that does not begin like a sample.
 *
 * Cost: 16 bytes a step of 10 operations, a line of 360 bytes about 20 ns.
 */
export function passLines(scrape: usize, start: usize, end: usize, outputs: u32): i32 {
  let exit = EXIT_MORE
  let passed = start
  let lines: u32 = 0
  // Lines have a byte each at least. Near the limit the host reads them one by one.
  const left = load<u32>(scrape, SCRAPE_SAMPLES_MAX) - load<u32>(scrape, SCRAPE_SAMPLES)
  if (isOther(load<u8>(start)) || left < <u32>(end - start)) exit = EXIT_LINE
  else {
    const newline = i8x16.splat(NEWLINE)
    for (let at = start; at < end; at += 16) {
      const newlines = i8x16.eq(v128.load(at), newline)
      if (!v128.any_true(newlines)) continue
      let mask = i8x16.bitmask(newlines)
      if (at + 16 > end) mask &= (1 << <i32>(end - at)) - 1
      const before = i8x16.bitmask(v128.and(newlines, othersIn(v128.load(at, 1)))) & mask
      if (before != 0) {
        // Up to the first of these newlines.
        mask &= before ^ (before - 1)
        exit = EXIT_LINE
      }
      if (mask == 0) break
      lines += popcnt(mask)
      passed = at + 32 - <usize>clz(mask)
      if (exit != EXIT_MORE) break
    }
  }
  if (lines != 0) {
    store<u32>(scrape, load<u32>(scrape, SCRAPE_SAMPLES) + lines, SCRAPE_SAMPLES)
    for (let i: u32 = 0; i < outputs; i++) if (noteRange(outputAt(scrape, i), start, passed, lines)) exit = EXIT_FLUSH
  }
  store<u32>(scrape, <u32>passed, SCRAPE_AT)
  return exit
}

/** Whether a line that begins with this byte is no sample, or not at once. */
function isOther(byte: u8): bool {
  return byte == NEWLINE || byte == SPACE || byte == TAB || byte == HASH
}

/** The same for 16 bytes. */
// @ts-ignore: decorator
@inline
function othersIn(bytes: v128): v128 {
  const blanks = v128.or(i8x16.eq(bytes, i8x16.splat(SPACE)), i8x16.eq(bytes, i8x16.splat(TAB)))
  return v128.or(blanks, v128.or(i8x16.eq(bytes, i8x16.splat(NEWLINE)), i8x16.eq(bytes, i8x16.splat(HASH))))
}
