import type { BodySink, UpstreamBody } from './upstream.ts'

/** A body that comes from an iterable. */
export class IterableBody implements UpstreamBody {
  readonly #iterator: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]()
  }

  async pump(sink: BodySink): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#iterator.next()
      if (done) return true
      let wantsMore: boolean
      try {
        wantsMore = sink(value)
      } catch (error) {
        await this.#iterator.return?.()
        throw error
      }
      if (!wantsMore) return false
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#iterator
  }
}

/**
 * The chunks of a body that is pumped. They are copies, because the memory of a chunk may be used again, for another
 * body too, as soon as the sink has returned. `abandon` is called when the iteration is left before the end.
 */
export async function* chunksOf(
  pump: UpstreamBody['pump'],
  abandon: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunks: Uint8Array[] = []
  const copy = (chunk: Uint8Array): boolean => {
    chunks.push(Buffer.from(chunk))
    return false
  }
  let ended = false
  try {
    while (!ended) {
      ended = await pump(copy)
      yield* chunks
      chunks = []
    }
  } finally {
    if (!ended) abandon()
  }
}

/** The same body, whose errors are told in other words. */
export function withErrors(body: UpstreamBody, translate: (error: unknown) => unknown): UpstreamBody {
  async function* iterate(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body
    } catch (error) {
      throw translate(error)
    }
  }
  return { pump: sink => pumpGuarded(body, sink, translate), [Symbol.asyncIterator]: iterate }
}

/** What the sink throws is its own, and passes as it is. */
async function pumpGuarded(
  body: UpstreamBody,
  sink: BodySink,
  translate: (error: unknown) => unknown,
): Promise<boolean> {
  let ofSink: { readonly error: unknown } | undefined
  try {
    return await body.pump(chunk => {
      try {
        return sink(chunk)
      } catch (error) {
        ofSink = { error }
        throw error
      }
    })
  } catch (error) {
    throw ofSink === undefined ? translate(error) : error
  }
}
