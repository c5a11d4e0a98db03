import { FREE_SLICES_MAX, OUTPUT_SLICE_BYTES } from '../limits.ts'

/**
 * Memory of outputs, in slices that are filled again when they have left. Without that, memory outside of the heap piles up,
 * and V8 marks the whole heap again and again to get rid of it. Never needed: what is not given back is collected.
 */
export class SlicePool {
  readonly #free: Buffer<ArrayBuffer>[] = []

  /** OUTPUT_SLICE_BYTES to fill, whatever they hold. */
  take(): Buffer<ArrayBuffer> {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_SLICE_BYTES)
  }

  /**
   * Takes back a chunk of an output that nobody reads any more, and none that left before it either. A slice may leave in
   * several chunks; it is free with the last of them.
   */
  giveBack(chunk: Uint8Array): void {
    const { buffer } = chunk
    if (!endsSlice(chunk) || !(buffer instanceof ArrayBuffer)) return
    if (this.#free.length < FREE_SLICES_MAX) this.#free.push(Buffer.from(buffer))
  }
}

/**
 * Whether a chunk of an output is the last of its slice, so that the slice may be filled again when the chunk is given back. A slice
 * is filled to its last byte before the next one begins.
 */
export function endsSlice({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  return buffer.byteLength === OUTPUT_SLICE_BYTES && byteOffset + byteLength === OUTPUT_SLICE_BYTES
}
