import { POWER_MAX, POWER_MIN, POWERS } from './layout'

/** What the last call of `parseNumber` read. */
export let number: f64 = 0

/** Largest integer up to which every integer is a float64. */
const EXACT_MAX: u64 = 1 << 53
const EXACT_POWER_MAX: i32 = 22
const DIGITS_MAX: i32 = 19
const INFINITY_BITS: u64 = 0x7ff0000000000000
const NAN_TEXT: u32 = 0x4e614e // "NaN", little endian
const INF_TEXT: u32 = 0x666e49 // "Inf"

/**
 * Reads a number: where it ends, or 0 when the host has to read it. The grammar is Go's without hexadecimal floats and
 * underscores; `NaN`, `+Inf` and `-Inf` are read in this spelling only. The result is the nearest float64, ties to even.
 * A byte that belongs to no number has to follow.
 *
 * Cost: about 1 ns a digit; then a multiplication or a division (Clinger), or about 10 ns (Eisel and Lemire).
 */
export function parseNumber(start: usize): usize {
  const integerEnd = parseInteger(start)
  if (integerEnd != 0) return integerEnd
  let at = start
  let byte: u32 = load<u8>(at)
  const negative = byte == 0x2d
  if (negative || byte == 0x2b) at++

  let mantissa: u64 = 0
  const first = at
  let digit: u32 = <u32>load<u8>(at) - 0x30
  while (digit < 10) {
    mantissa = mantissa * 10 + <u64>digit
    digit = <u32>load<u8>(++at) - 0x30
  }
  let digits: i32 = <i32>(at - first)
  let power: i32 = 0
  if (digit == <u32>(0x2e - 0x30)) {
    const point = ++at
    digit = <u32>load<u8>(at) - 0x30
    while (digit < 10) {
      mantissa = mantissa * 10 + <u64>digit
      digit = <u32>load<u8>(++at) - 0x30
    }
    power = <i32>(point - at)
    digits -= power
  }
  if (digits == 0) return parseWord(at, first, negative)
  // Zeros before the first other digit have not made the mantissa overflow.
  if (digits > DIGITS_MAX && digits - leadingZeros(first, at) > DIGITS_MAX) return 0

  byte = load<u8>(at)
  if ((byte | 0x20) == 0x65) {
    byte = load<u8>(++at)
    const down = byte == 0x2d
    if (down || byte == 0x2b) at++
    const from = at
    let exponent: i32 = 0
    digit = <u32>load<u8>(at) - 0x30
    while (digit < 10 && exponent < 1000) {
      exponent = exponent * 10 + <i32>digit
      digit = <u32>load<u8>(++at) - 0x30
    }
    if (at == from || digit < 10) return 0
    power += down ? -exponent : exponent
  }
  return convert(mantissa, power, negative) ? at : 0
}

const ZEROS: u64 = 0x3030303030303030
const NO_DIGIT: u64 = 0xf0f0f0f0f0f0f0f0

/**
 * Fast path: up to 16 digits and a newline. Where they end, or 0. Eight bytes at a time, without a branch for each digit: the
 * lengths of numbers cannot be predicted, and a wrong guess costs more than all else here.
 */
// @ts-ignore: decorator
@inline
function parseInteger(start: usize): usize {
  const first = load<u64>(start) ^ ZEROS
  const firstStop = stopOf(first)
  if (firstStop != 0) {
    const bits = <u64>ctz(firstStop) & 0x38
    const end = start + <usize>(bits >> 3)
    if (bits == 0 || load<u8>(end) != 0x0a) return 0
    number = <f64>digitsToInteger(first << (64 - bits))
    return end
  }
  const second = load<u64>(start, 8) ^ ZEROS
  const secondStop = stopOf(second)
  const bits = <u64>ctz(secondStop) & 0x38
  const end = start + 8 + <usize>(bits >> 3)
  if (secondStop == 0 || load<u8>(end) != 0x0a) return 0
  const high = digitsToInteger(first)
  if (bits == 0) number = <f64>high
  else number = <f64>(high * <u64>exactPower(<i32>(bits >> 3)) + digitsToInteger(second << (64 - bits)))
  return end
}

/** Has bits set in the first byte that is no digit, and none before. The digits are numbers already. */
// @ts-ignore: decorator
@inline
function stopOf(digits: u64): u64 {
  return ((digits + 0x0606060606060606) | digits) & NO_DIGIT
}

/** The integer of eight digits, the first in the lowest byte: pairs are joined, then both kinds of pairs. */
// @ts-ignore: decorator
@inline
function digitsToInteger(digits: u64): u64 {
  const pairs = digits * 10 + (digits >> 8)
  const mask: u64 = 0x000000ff000000ff
  const odd = (pairs & mask) * ((1000000 << 32) + 100)
  const even = ((pairs >> 16) & mask) * ((10000 << 32) + 1)
  return (odd + even) >> 32
}

/** Not a number, or infinity. `at` is where digits should have begun: right after the sign, if nothing odd came. */
function parseWord(at: usize, first: usize, negative: bool): usize {
  if (at != first) return 0
  const word = load<u32>(at) & 0xffffff
  const signed = load<u8>(at - 1) != 0x20
  if (word == NAN_TEXT && !signed) {
    number = NaN
    return at + 3
  }
  if (word == INF_TEXT && signed) {
    number = negative ? -Infinity : Infinity
    return at + 3
  }
  return 0
}

function leadingZeros(first: usize, end: usize): i32 {
  let zeros: i32 = 0
  for (let at = first; at < end; at++) {
    const byte = load<u8>(at)
    if (byte == 0x30) zeros++
    else if (byte != 0x2e) break
  }
  return zeros
}

/** Sets `number` to mantissa × 10^power; false when this cannot be done exactly here. */
// @ts-ignore: decorator
@inline
function convert(mantissa: u64, power: i32, negative: bool): bool {
  let value: f64
  // Fast path (Clinger): both are float64 exactly, so one rounding does it.
  if (mantissa <= EXACT_MAX && power >= -EXACT_POWER_MAX && power <= EXACT_POWER_MAX) {
    value = <f64>mantissa
    if (power < 0) value /= exactPower(-power)
    else if (power > 0) value *= exactPower(power)
  } else {
    if (mantissa == 0 || power < POWER_MIN || power > POWER_MAX) return false
    const bits = approximate(mantissa, power)
    if (bits == INFINITY_BITS) return false
    value = reinterpret<f64>(bits)
  }
  number = negative ? -value : value
  return true
}

/** 10^power, which is a float64: the 64 bits of 5^power that the table has hold it whole. */
// @ts-ignore: decorator
@inline
function exactPower(power: i32): f64 {
  return load<f64>(POWERS + (256 << 4) + (<usize>power << 3))
}

/**
 * The bits of mantissa × 10^power rounded to the nearest; INFINITY_BITS when the truncated product does not decide it.
 * Powers are small enough for the result to be a normal number. Source: Lemire, "Number Parsing at a Gigabyte per
 * Second" (2021), algorithm 1.
 */
function approximate(mantissa: u64, power: i32): u64 {
  const entry = POWERS + (<usize>(power - POWER_MIN) << 4)
  const shift = clz(mantissa)
  const w = mantissa << shift
  const high5 = load<u64>(entry)
  let low = w * high5
  let high = multiplyHigh(w, high5)
  if ((high & 0x1ff) == 0x1ff) {
    const carry = multiplyHigh(w, load<u64>(entry, 8))
    low += carry
    if (low < carry) high++
    if (low == u64.MAX_VALUE && (power < -27 || power > 55)) return INFINITY_BITS
  }
  const upper = high >> 63
  let result = high >> (upper + 9)
  // Exactly half way between two floats: to even. Only these powers can have it.
  if (low <= 1 && power >= -4 && power <= 23 && (result & 3) == 1 && result << (upper + 9) == high) result &= ~1
  result = (result + (result & 1)) >> 1
  let exponent: u64 = <u64>(((217706 * power) >> 16) + 63 + 1023) + upper - shift
  if (result >= 1 << 53) {
    result = 1 << 52
    exponent++
  }
  return (result & ((1 << 52) - 1)) | (exponent << 52)
}

/** The upper 64 bits of the product. */
function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = b & 0xffffffff
  const b1 = b >> 32
  const middle = a1 * b0 + ((a0 * b0) >> 32)
  const other = a0 * b1 + (middle & 0xffffffff)
  return a1 * b1 + (middle >> 32) + (other >> 32)
}
