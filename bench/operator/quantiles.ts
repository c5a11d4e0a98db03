/** The value below which the part `q` (0 to 1) of the values lies: nearest rank. Throws without values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
  if (value === undefined) throw new Error('BUG: a quantile of nothing')
  return value
}
