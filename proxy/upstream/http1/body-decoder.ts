import type { BodySink } from '../upstream.ts'
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
