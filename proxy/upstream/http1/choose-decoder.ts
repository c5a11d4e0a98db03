import type { BodySink } from '../upstream.ts'
import type { BodyDecoder } from './body-decoder.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import type { Framing } from './framing.ts'
import type { ReceiveRoom } from './receive-buffer.ts'

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
