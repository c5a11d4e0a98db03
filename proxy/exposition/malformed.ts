/** A line that its grammar does not allow: why, and at which byte. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly reason: string
}

/** A malformed line. `at` counts bytes from the start of the line. */
export function malformed(reason: string, at: number): Malformed {
  return { kind: 'malformed', reason: `${reason} at byte ${at}` }
}
