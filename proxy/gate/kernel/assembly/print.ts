import { POWER_MAX, POWER_MIN, POWERS } from './layout'

/** Integers below are printed here. */
const INTEGER_MAX: f64 = 9007199254740992
/** Decimals of up to 15 digits are told apart by float64; one digit less leaves room for the error of a product. */
const SCALED_MAX: f64 = 1e14
const DECIMALS_MAX: i32 = 6
/** No printed number is longer, sign and point included. */
export const NUMBER_BYTES_MAX: usize = 24

/**
 * Prints a number as ECMAScript does, in the shortest form that is read as the same float64: where it ends, 0 when the
 * host has to do it. That is for what is not finite, for negative zero, and for numbers with more than six decimals.
 *
 * Why it is the shortest form: what has so few digits is the only number of as many decimals or less near the float64.
 *
 * Cost: about 1 ns a digit; for each decimal a multiplication and a division.
 */
export function printNumber(to: usize, value: f64): usize {
  const size = abs(value)
  if (!(size < INTEGER_MAX) || (value == 0 && reinterpret<u64>(value) != 0)) return 0
  let at = to
  if (value < 0) store<u8>(at++, 0x2d)
  if (size == trunc(size)) return printInteger(at, <u64>size)
  for (let decimals = 1; decimals <= DECIMALS_MAX; decimals++) {
    const power = load<f64>(POWERS + (<usize>(POWER_MAX - POWER_MIN + 1) << 4) + (<usize>decimals << 3))
    const scaled = nearest(size * power)
    if (scaled > SCALED_MAX) return 0
    if (scaled / power == size) return printDecimal(at, <u64>scaled, <u64>power, decimals)
  }
  return 0
}

export function printInteger(to: usize, value: u64): usize {
  const end = to + <usize>digitsOf(value)
  let left = value
  let at = end
  do {
    store<u8>(--at, 0x30 + <u8>(left % 10))
    left /= 10
  } while (left != 0)
  return end
}

/** Prints `scaled / power`, `power` being 10^decimals. */
function printDecimal(to: usize, scaled: u64, power: u64, decimals: i32): usize {
  const point = printInteger(to, scaled / power)
  store<u8>(point, 0x2e)
  let left = scaled % power
  const end = point + 1 + <usize>decimals
  for (let at = end - 1; at > point; at--) {
    store<u8>(at, 0x30 + <u8>(left % 10))
    left /= 10
  }
  return end
}

function digitsOf(value: u64): i32 {
  let digits = 1
  let limit: u64 = 10
  while (value >= limit && digits < 17) {
    limit *= 10
    digits++
  }
  return digits
}
