import { chunksOf } from '../body.ts'
import type { BodySink, UpstreamBody } from '../upstream.ts'
import type { BodyDecoder } from './body-decoder.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ReceiveRoom } from './receive-buffer.ts'

/** What a body needs of the connection over which it comes. */
export interface BodySource {
  /** Lets bytes come again, after `take` has answered false. */
  resume(): void
  /** Told once when the whole body has come. `excess` is whether more came, which nobody asked for. */
  ended(excess: boolean): void
  /** Closes the connection before the end of the body. */
  abandon(error: unknown): void
}

/** A call of `pump` that waits. */
interface Pump {
  readonly sink: BodySink
  readonly resolve: (ended: boolean) => void
  readonly reject: (error: unknown) => void
}

/** A body between a connection, which pushes bytes, and a consumer, who pumps them. */
export class IncomingBody implements UpstreamBody {
  readonly #decoder: BodyDecoder
  readonly #source: BodySource
  /** What came together with the head. */
  #first: Uint8Array | undefined
  #pump: Pump | undefined
  /** Whether the sink has asked for no more. */
  #isFull = false
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(decoder: BodyDecoder, first: Uint8Array, source: BodySource) {
    this.#decoder = decoder
    this.#first = first
    this.#source = source
    if (decoder.done) this.#end(first.length > 0)
  }

  /** Whether anybody has asked for it. */
  get begun(): boolean {
    return this.#first === undefined
  }

  pump(sink: BodySink): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#pump !== undefined) throw new Error('BUG: the body is being pumped already')
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#ended) {
        resolve(true)
        return
      }
      this.#pump = { sink, resolve, reject }
      this.#isFull = false
      const first = this.#first
      this.#first = undefined
      if (first === undefined || this.take({ view: first }, 0, first.length)) this.#source.resume()
    })
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(
      sink => this.pump(sink),
      () => this.abandon(),
    )
  }

  /** Closes the connection, because nobody wants the rest. */
  abandon(): void {
    this.#source.abandon(new Error('the rest of the body is not wanted'))
  }

  /** Takes what came over the connection. Answers whether more may come. */
  take(room: ReceiveRoom, start: number, end: number): boolean {
    try {
      const taken = this.#decoder.take(room, start, end, this.#hand)
      if (this.#failure !== undefined) return false
      if (this.#decoder.done) {
        this.#end(taken < end)
        return true
      }
    } catch (error) {
      this.#source.abandon(error)
      return false
    }
    if (!this.#isFull) return true
    this.#resolve(false)
    return false
  }

  /** The connection has ended without an error. */
  connectionEnded(): void {
    if (this.#decoder.endsWithConnection) this.#end(false)
    else this.fail(new ProtocolError('E_HTTP_CUT', 'the other side closed the connection'))
  }

  /** The connection has failed, or the request was aborted. */
  fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return
    this.#failure = { error }
    this.#first = undefined
    this.#settle()?.reject(error)
  }

  readonly #hand = (chunk: Uint8Array): boolean => {
    // The sink may have aborted the request.
    if (this.#failure !== undefined) return false
    if (this.#pump === undefined) throw new Error('BUG: bytes of a body that nobody reads')
    if (!this.#pump.sink(chunk)) this.#isFull = true
    return true
  }

  #end(excess: boolean): void {
    this.#ended = true
    this.#source.ended(excess)
    this.#resolve(true)
  }

  /**
   * In a turn of its own: Node looks at the buffer for the next read only after the microtasks of the last one, and in
   * those a consumer could detach it by growing its memory.
   */
  #resolve(ended: boolean): void {
    const pump = this.#settle()
    if (pump !== undefined) setImmediate(pump.resolve, ended)
  }

  #settle(): Pump | undefined {
    const pump = this.#pump
    this.#pump = undefined
    return pump
  }
}
