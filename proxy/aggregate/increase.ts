/**
 * What a counter has risen by since its last value. One that fell has begun anew, at 0.
 * Source: what `increase` and `rate` do with a reset; extrapolatedRate in Prometheus' promql/functions.go.
 */
export function riseSince(last: number, value: number): number {
  return value >= last ? value - last : Math.max(value, 0)
}

/** A sum of increases after a further rise. NaN stands for no sum yet. It never falls. */
export function raise(total: number, rise: number): number {
  if (!(rise >= 0)) throw new Error(`BUG: a counter rose by ${rise}`)
  return Number.isNaN(total) ? rise : total + rise
}
