/**
 * Whether a label name is valid under Prometheus' UTF-8 naming scheme: not empty and valid UTF-8. A JavaScript
 * string is valid UTF-8 when it has no lone surrogate. Source: ValidationScheme.IsValidLabelName in
 * prometheus/common, model/metric.go.
 */
export function isValidLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed()
}

/**
 * Orders strings as Go does, by their UTF-8 bytes, which is by code point. JavaScript's own order is by UTF-16
 * unit and puts surrogates (code points above U+FFFF) before U+E000 to U+FFFF.
 * Negative, zero or positive, for Array.prototype.sort.
 */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB)
  }
  return a.length - b.length
}

/** Moves the UTF-16 surrogates above the rest of the basic plane, where their code points are. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
