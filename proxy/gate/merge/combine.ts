import type { MergeFunction } from './settings.ts'

/** The functions that put values together, as opposed to differences. */
export type CombineFunction = Exclude<MergeFunction, 'increase' | 'created' | 'drop'>

/** What some values come to so far. NaN says nothing and is skipped: `count` is of the others. */
export interface Combined {
  value: number
  count: number
}

/** No value yet; what stays so, because all were NaN, is NaN. */
export function nothingCombined(): Combined {
  return { value: Number.NaN, count: 0 }
}

/** Takes in another value; false if it was skipped, being NaN. */
export function combine(combined: Combined, by: CombineFunction, value: number): boolean {
  if (Number.isNaN(value)) return false
  combined.value = combined.count === 0 ? value : combinePair(by, combined.value, value)
  combined.count++
  return true
}

/** What the values come to in the end. Whatever they were, `one` is 1; only `one` says anything about nothing but NaN. */
export function combinedValue({ value, count }: Readonly<Combined>, by: CombineFunction): number {
  if (by === 'one') return 1
  if (count === 0) return Number.NaN
  if (by === 'count') return count
  return by === 'avg' ? value / count : value
}

/** What is so far and another value, neither of them NaN. */
export function combinePair(by: CombineFunction, combined: number, value: number): number {
  if (by === 'min') return Math.min(combined, value)
  if (by === 'max') return Math.max(combined, value)
  return combined + value
}
