/** A stream of numbers in [0, 1) that depends on its seed only. */
export type Random = () => number

/** Mulberry32 by Tommy Ettinger: 32 bits of state, the same numbers on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Brings the numbers in a uniformly random order, in place (Fisher-Yates). */
export function shuffle(numbers: Uint32Array, random: Random): void {
  for (let last = numbers.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const number = numbers[last] ?? 0
    numbers[last] = numbers[other] ?? 0
    numbers[other] = number
  }
}
