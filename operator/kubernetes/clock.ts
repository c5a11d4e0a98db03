/** The passing of time, as a parameter: main files hand in the machine's, tests one that they move themselves. */
export interface Clock {
  /** The time of day, in milliseconds since the Unix epoch, for what people and certificates read. It may be set at any moment. */
  now(): number
  /** Milliseconds by a clock that nobody sets, since whenever: for every duration and deadline. */
  monotonicMs(): number
  /** Calls back once, `delayMs` from now; the returned function cancels that. */
  after(delayMs: number, callback: () => void): () => void
}

/** Resolves after `delayMs`, or at once when a signal aborts (it never rejects: the caller looks at its signal). */
export function sleep(clock: Clock, delayMs: number, signal = new AbortController().signal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const finish = (): void => {
      cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(delayMs, finish)
    signal.addEventListener('abort', finish)
  })
}
