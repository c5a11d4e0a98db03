import type { BodySink } from '../upstream.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import type { Framing } from './framing.ts'
import type { ReceiveRoom } from './receive-buffer.ts'

/** Finds the bytes of a body, and its end, in what comes over a connection. */
export interface BodyDecoder {
  /** Whether the whole body has come. */
  readonly done: boolean
  /** Whether the end of the connection completes the body. */
  readonly endsWithConnection: boolean
  /**
   * Hands to the sink what belongs to the body, as views of the room, whatever the sink answers. Returns where the
   * body's bytes end, which is `end` unless the body is done.
   *
   * @throws {ProtocolError} for bad framing; what the sink throws
   */
  take(room: ReceiveRoom, start: number, end: number, sink: BodySink): number
}

/** So many bytes. */
class LengthDecoder implements BodyDecoder {
  readonly endsWithConnection = false
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  get done(): boolean {
    return this.#left === 0
  }

  take(room: ReceiveRoom, start: number, end: number, sink: BodySink): number {
    const taken = Math.min(this.#left, end - start)
    this.#left -= taken
    if (taken > 0) sink(room.view.subarray(start, start + taken))
    return start + taken
  }
}

/** Everything until the end of the connection. */
class CloseDecoder implements BodyDecoder {
  readonly done = false
  readonly endsWithConnection = true

  take(room: ReceiveRoom, start: number, end: number, sink: BodySink): number {
    if (end > start) sink(room.view.subarray(start, end))
    return end
  }
}

/** The decoder for a framing. */
export function bodyDecoder(framing: Framing): BodyDecoder {
  if (framing === 'chunked') return new ChunkedDecoder()
  return framing === 'close' ? new CloseDecoder() : new LengthDecoder(framing)
}
