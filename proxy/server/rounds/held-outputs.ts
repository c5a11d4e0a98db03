import { SlowClientError } from '../errors.ts'

/** The main output of a round, for all its readers. */
export class HeldOutput {
  #slices: readonly Uint8Array[] | undefined
  #readers = 0

  constructor(slices: readonly Uint8Array[]) {
    this.#slices = slices
  }

  /** Whether anybody is reading it. */
  get isRead(): boolean {
    return this.#readers > 0
  }

  /** All of it, slice by slice. Throws SlowClientError when it had to go before it was read. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#readers++
    try {
      for (let index = 0; ; index++) {
        if (this.#slices === undefined) throw new SlowClientError()
        const slice = this.#slices[index]
        if (slice === undefined) return
        yield slice
      }
    } finally {
      this.#readers--
    }
  }

  /** Gives its memory back, whoever reads it. */
  drop(): void {
    this.#slices = undefined
  }
}

/**
 * Outputs of past rounds that slow clients still read: a few of them. When there are too many the oldest one goes, and
 * with it those who read it, so that slow clients cost a bounded amount of memory.
 */
export class HeldOutputs {
  readonly #heldMax: number
  #held: HeldOutput[] = []

  constructor(heldMax: number) {
    this.#heldMax = heldMax
  }

  hold(slices: readonly Uint8Array[]): HeldOutput {
    const output = new HeldOutput(slices)
    this.#held = [...this.#held.filter(({ isRead }) => isRead), output]
    while (this.#held.length > this.#heldMax) this.#held.shift()?.drop()
    return output
  }
}
