import { ClientGoneError, SlowClientError } from './errors.ts'

/** Bounds of a broadcast. */
export interface BroadcastLimits {
  /** How many bytes wait for readers that are behind. */
  readonly windowBytes: number
  /** How long, in all, a reader may hold up the others. */
  readonly graceMs: number
}

/** One who reads. */
interface Reader {
  /** How many slices it has done with; infinite if it wants none. */
  position: number
  /** Whether it has a slice that it may still be reading. */
  isReading: boolean
  /** Why it gets no more; made when it is told, since an error is not cheap and most have had all. */
  failure: (() => unknown) | undefined
  /** Set from the first time that it holds up others. */
  grace: NodeJS.Timeout | undefined
  isGraceOver: boolean
}

/** Who is told what becomes of a broadcast. */
export interface BroadcastEvents {
  /** A slice has gone: nobody reads it, and nobody will. Not told of all of them, but in order. */
  readonly onFree: (slice: Uint8Array) => void
  /** Once: the source has ended, or the last reader has left before, which is its end too. */
  readonly onEnd: (isAbandoned: boolean) => void
}

type End<Result> = { readonly result: Result } | { readonly error: unknown }

/**
 * One source for several readers. The source is read when a reader asks for more, and waits when the window is full
 * because another one is behind, as if that were the only one; but those who hold up others are cut off after a grace.
 * Slices are kept until the window is full, so that until then readers can join; from then on what all have had goes.
 */
export class Broadcast<Result> {
  readonly #source: AsyncGenerator<Uint8Array, Result, undefined>
  readonly #limits: BroadcastLimits
  readonly #events: BroadcastEvents
  readonly #readers = new Set<Reader>()
  #slices: Uint8Array[] = []
  /** A reader that leaves in the middle of a slice may still be sending it: from then on no slice is known to be free. */
  #tellsFree = true
  /** How many slices went before the first of those that are kept. */
  #released = 0
  #bytes = 0
  #isPulling = false
  #end: End<Result> | undefined
  #changed = Promise.withResolvers<void>()

  constructor(
    source: AsyncGenerator<Uint8Array, Result, undefined>,
    limits: BroadcastLimits,
    events: BroadcastEvents,
  ) {
    this.#source = source
    this.#limits = limits
    this.#events = events
  }

  /** Whether a reader who comes now would get everything. One who wants nothing but the result can come until the end. */
  get isWhole(): boolean {
    return this.#released === 0
  }

  /** Whether the source has ended, well or not, or nobody is left who reads. */
  get isOver(): boolean {
    return this.#end !== undefined
  }

  /**
   * All slices from the first on; returns the result. The reader counts from the call on, and has to be iterated over or
   * ended by `return`; `signal` ends it too. A slice holds until the next one is asked for. Throws what the source throws, SlowClientError, or the signal's reason.
   */
  read(signal: AbortSignal): AsyncGenerator<Uint8Array, Result, undefined> {
    if (!this.isWhole) throw new Error('BUG: a reader came after the first slices had gone')
    const reader = this.#join(0, signal)
    const generator = this.#read(reader)
    const end = generator.return.bind(generator)
    // A generator that was not begun does nothing of its own when it is ended.
    generator.return = result => {
      this.#leave(reader, clientGone)
      return end(result)
    }
    return generator
  }

  /** The result, when others have read all, or nobody else does. Throws as `read`. */
  async result(signal: AbortSignal): Promise<Result> {
    const step = await this.#read(this.#join(Infinity, signal)).next()
    if (!step.done) throw new Error('BUG: a slice for a reader who wants none')
    return step.value
  }

  #join(position: number, signal: AbortSignal): Reader {
    const reader: Reader = {
      position,
      isReading: false,
      failure: undefined,
      grace: undefined,
      isGraceOver: false,
    }
    this.#readers.add(reader)
    const leave = () => this.#leave(reader, () => signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    return reader
  }

  async *#read(reader: Reader): AsyncGenerator<Uint8Array, Result, undefined> {
    try {
      for (;;) {
        const changed = this.#changed.promise
        if (reader.failure !== undefined) throw reader.failure()
        const slice = this.#slices[reader.position - this.#released]
        if (slice !== undefined) {
          reader.isReading = true
          yield slice
          reader.isReading = false
          reader.position++
          this.#release()
        } else if (this.#end === undefined) {
          this.#pull()
          await changed
        } else if ('error' in this.#end) throw this.#end.error
        else return this.#end.result
      }
    } finally {
      this.#leave(reader, clientGone)
    }
  }

  /** Asks the source for the next slice, unless that is under way or the window is full. */
  #pull(): void {
    if (this.#isPulling) return
    const behind = [...this.#readers].filter(reader => this.#isBehind(reader))
    if (this.#bytes >= this.#limits.windowBytes && behind.length > 0) {
      for (const reader of behind) this.#hurry(reader)
      return
    }
    this.#isPulling = true
    this.#source.next().then(
      step => this.#pulled(step),
      (error: unknown) => this.#finish({ error }),
    )
  }

  #pulled(step: IteratorResult<Uint8Array, Result>): void {
    this.#isPulling = false
    if (step.done) {
      this.#finish({ result: step.value })
      return
    }
    this.#slices.push(step.value)
    this.#bytes += step.value.length
    this.#notify()
  }

  #finish(end: End<Result>): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#events.onEnd(false)
    this.#notify()
  }

  #isBehind(reader: Reader): boolean {
    return reader.position < this.#released + this.#slices.length
  }

  /** A reader that holds up others has its grace once. */
  #hurry(reader: Reader): void {
    if (reader.isGraceOver) this.#leave(reader, () => new SlowClientError())
    reader.grace ??= setTimeout(() => {
      reader.isGraceOver = true
      if (this.#isBehind(reader)) this.#notify()
    }, this.#limits.graceMs)
  }

  /** Lets go of what all readers have had, once the window was full. */
  #release(): void {
    if (this.isWhole && this.#bytes < this.#limits.windowBytes) return
    const first = Math.min(...[...this.#readers].map(({ position }) => position))
    const gone = this.#slices.splice(0, Math.min(first - this.#released, this.#slices.length))
    this.#released += gone.length
    this.#bytes -= gone.reduce((bytes, slice) => bytes + slice.length, 0)
    if (this.#tellsFree) for (const slice of gone) this.#events.onFree(slice)
    if (gone.length > 0) this.#notify()
  }

  #leave(reader: Reader, failure: () => unknown): void {
    if (!this.#readers.delete(reader)) return
    reader.failure = failure
    if (reader.isReading) this.#tellsFree = false
    clearTimeout(reader.grace)
    if (this.#readers.size > 0) this.#release()
    else if (this.#end === undefined) this.#abandon(failure())
    this.#notify()
  }

  #abandon(error: unknown): void {
    this.#end = { error }
    this.#events.onEnd(true)
    // What it throws while it ends is told to those who began it.
    this.#source.return(undefined as never).catch(() => undefined)
  }

  #notify(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

function clientGone(): ClientGoneError {
  return new ClientGoneError()
}
