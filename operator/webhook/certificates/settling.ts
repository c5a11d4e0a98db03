import type { Clock } from '../../kubernetes/clock.ts'

/**
 * Knows what has been there for a while without a break. It counts by timers, not by the time of day, which may be set while the
 * program runs.
 */
export class Settling {
  readonly #options: { readonly clock: Clock; readonly graceMs: number; readonly onSettled: () => void }
  readonly #waiting = new Map<string, () => void>()
  readonly #settled = new Set<string>()

  constructor(options: { clock: Clock; graceMs: number; onSettled: () => void }) {
    this.#options = options
  }

  /** These are there now, and no others. */
  observe(ids: Iterable<string>): void {
    const present = new Set(ids)
    for (const id of this.#settled) if (!present.has(id)) this.#settled.delete(id)
    for (const [id, cancel] of this.#waiting) {
      if (present.has(id)) continue
      cancel()
      this.#waiting.delete(id)
    }
    for (const id of present) if (!this.#settled.has(id) && !this.#waiting.has(id)) this.#await(id)
  }

  /** Has it been there for the grace time? */
  isSettled(id: string): boolean {
    return this.#settled.has(id)
  }

  #await(id: string): void {
    const { clock, graceMs, onSettled } = this.#options
    const settle = (): void => {
      this.#waiting.delete(id)
      this.#settled.add(id)
      onSettled()
    }
    this.#waiting.set(id, clock.after(graceMs, settle))
  }
}
