/**
 * The same function, which computes once for each object that it is asked about, and forgets with the object. For objects that never
 * change.
 */
export function oncePer<K extends object, V>(compute: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return of => {
    const found = known.get(of)
    if (found !== undefined) return found.value
    const value = compute(of)
    known.set(of, { value })
    return value
  }
}
