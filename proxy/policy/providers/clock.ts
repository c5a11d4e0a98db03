/** The passing of time, as a parameter: the program hands in the machine's, tests one that they move themselves. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once, `delayMs` from now; the returned function cancels that. */
  after(delayMs: number, callback: () => void): () => void
}

/** Waits by the machine's timers, which do not keep the program from ending. */
export const afterBySystem: Clock['after'] = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs).unref()
  return () => clearTimeout(timer)
}
