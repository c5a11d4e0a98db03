import { RECEIVE_BYTES } from '../../limits.ts'

/**
 * Memory that a body is read to. It can be a part of a WebAssembly memory: chunks are then views of it, whose `byteOffset`
 * is their address there. Such a memory may grow at any time, but must do so in place (it does, up to the maximum that it
 * was made with): a read that is under way does not learn of a new address. So `view` is asked for again after whatever
 * may have made it grow, and who reads holds on to the room until the read has ended.
 */
export interface ReceiveRoom {
  readonly view: Uint8Array
}

/**
 * Where the bodies of responses are read to. Asked before each read of a body; one room serves any number of connections,
 * because what was read has been handed over before the next read. What is handed over may be overwritten up to its end.
 */
export type ReceiveBuffer = () => ReceiveRoom

/** A buffer of RECEIVE_BYTES, made when it is first needed. */
export function receiveBuffer(): ReceiveBuffer {
  let room: ReceiveRoom | undefined
  return () => {
    room ??= { view: new Uint8Array(RECEIVE_BYTES) }
    return room
  }
}
