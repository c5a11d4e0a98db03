import { POWER_MAX, POWER_MIN, POWERS } from './assembly/layout.ts'

const EXACT_POWER_MAX = 22
/** Below, the scaled power is not needed to its last bit. */
const TIE_POWER_MIN = -27

/**
 * 5^power, scaled to 128 bits of which the first is set: cut off, or for negative powers rounded up. Source: Lemire,
 * "Number Parsing at a Gigabyte per Second" (2021), appendix B.
 */
function scaledPower(power: number): bigint {
  const five = 5n ** BigInt(Math.abs(power))
  const bits = five.toString(2).length
  if (power >= 0) return bits <= 128 ? five << BigInt(128 - bits) : five >> BigInt(bits - 128)
  // Rounded up to the last bit where ties can occur, so that the product of a tie is not below it.
  const extra = power >= TIE_POWER_MIN ? 0 : bits + 1
  const quotient = (1n << BigInt(bits + 127 + extra)) / five + 1n
  return quotient >> BigInt(quotient.toString(2).length - 128)
}

/** Writes the powers that the kernel converts numbers with into its memory. */
export function writePowers(memory: Buffer): void {
  for (let power = POWER_MIN; power <= POWER_MAX; power++) {
    const scaled = scaledPower(power)
    const at = POWERS + (power - POWER_MIN) * 16
    memory.writeBigUInt64LE(scaled >> 64n, at)
    memory.writeBigUInt64LE(BigInt.asUintN(64, scaled), at + 8)
  }
  const exact = POWERS + (POWER_MAX - POWER_MIN + 1) * 16
  for (let power = 0; power <= EXACT_POWER_MAX; power++) memory.writeDoubleLE(10 ** power, exact + power * 8)
}
