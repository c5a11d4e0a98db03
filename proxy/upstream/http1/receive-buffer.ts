import { RECEIVE_BYTES } from '../limits.ts'

/**
 * Where the bodies of responses are read to. Asked before each read of a body; one buffer serves any number of
 * connections, because what was read has been handed over before the next read. It can be a part of a WebAssembly
 * memory: chunks are then views of it, whose `byteOffset` is their address there, and which may be overwritten like all
 * that came before them. Such a memory may grow in the sink, and when what `open` and `pump` return has been awaited, but
 * must do so in place (it does, up to the maximum that it was made with, where the system reserves that): a read that is
 * under way does not learn of a new address.
 */
export type ReceiveBuffer = () => Uint8Array

/** A buffer of RECEIVE_BYTES, made when it is first needed. */
export function receiveBuffer(): ReceiveBuffer {
  let buffer: Uint8Array | undefined
  return () => {
    buffer ??= new Uint8Array(RECEIVE_BYTES)
    return buffer
  }
}
