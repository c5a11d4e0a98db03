import type { Line, LineSplitter } from '../../exposition/lines.ts'
import { CHUNK, CHUNK_BYTES_MAX, CHUNK_END_BYTES, EXIT_MORE, TAIL_ROOM } from './assembly/layout.ts'
import type { Kernel } from './kernel.ts'

/** What reads the lines of a window: a loop in the kernel, and the host where that stops. */
export interface WindowReader {
  /** Whether the host has to read all lines from here on. */
  readonly readsLines: boolean
  /** Lets the kernel read the window from `start` to `end`: why it has stopped. */
  run(start: number, end: number): number
  /** Where it has stopped. */
  stoppedAt(): number
  /** Does what the kernel has stopped for; false when that is for the host to read the line. */
  canGoOn(exit: number): boolean
  /** Reads a line. Its bytes may be lost when the kernel's memory grows. */
  readLine(line: Line): void
}

/**
 * Feeds the chunks of one body to the kernel, through the window that all bodies share: a line that two chunks share is
 * put before the second one. Lines that the kernel does not read go through the splitter.
 */
export class Window {
  readonly #kernel: Kernel
  readonly #splitter: LineSplitter
  readonly #reader: WindowReader
  /** The beginning of a line that the kernel has to see again with more of it. */
  readonly #tail = Buffer.allocUnsafe(TAIL_ROOM)
  #tailBytes = 0

  constructor(kernel: Kernel, splitter: LineSplitter, reader: WindowReader) {
    this.#kernel = kernel
    this.#splitter = splitter
    this.#reader = reader
  }

  /**
   * Takes the next chunk, which may be reused afterwards; it may have been received into the window. Throws
   * LimitExceededError (E_LINE_BYTES).
   */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#kernel.hasReceived(bytes)) this.#readReceived(bytes.byteOffset, bytes.length)
    else for (let at = 0; at < bytes.length; ) at = this.#pushSome(bytes, at)
  }

  /** Reads what is left when the body has ended. Throws LimitExceededError (E_LINE_BYTES). */
  finish(): void {
    const rest = Buffer.from(this.#tail.subarray(0, this.#tailBytes))
    this.#tailBytes = 0
    for (let at = 0; at < rest.length; ) at = this.#readLine(rest, at)
    const line = this.#splitter.finish()
    if (line !== undefined) this.#reader.readLine(line)
  }

  /** Takes as much of the bytes from `at` on as the window holds; where the rest begins. */
  #pushSome(bytes: Buffer, at: number): number {
    // A line that the splitter has begun is the splitter's to its end.
    if (this.#splitter.isWithinLine) return this.#readLine(bytes, at)
    const end = Math.min(bytes.length, at + CHUNK_BYTES_MAX)
    bytes.copy(this.#kernel.bytes, CHUNK, at, end)
    this.#readWindow(CHUNK, CHUNK + end - at)
    return end
  }

  /** Takes bytes that are in the window already. What stands before them has been read, what comes after them has not. */
  #readReceived(start: number, length: number): void {
    const kernel = this.#kernel
    const end = start + length
    let at = start
    while (at < end && this.#splitter.isWithinLine) at = this.#readLine(kernel.bytes.subarray(0, end), at)
    if (at === end) return
    const after = kernel.bytes.readUInt32LE(end)
    this.#readWindow(at, end)
    kernel.bytes.writeUInt32LE(after, end)
  }

  /** Reads the window from `start` to `end`, with the beginning of a line that is kept in front of it. */
  #readWindow(start: number, end: number): void {
    const memory = this.#kernel.bytes
    memory.fill(0, end, end + CHUNK_END_BYTES)
    const from = start - this.#tailBytes
    this.#tail.copy(memory, from, 0, this.#tailBytes)
    this.#tailBytes = 0
    this.#drive(from, end)
  }

  /** Lets the kernel read the window from `start` to `end`, and the host what it leaves. */
  #drive(start: number, end: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      if (!reader.readsLines) {
        const exit = reader.run(at, end)
        at = reader.stoppedAt()
        if (exit === EXIT_MORE) {
          this.#keepTail(at, end)
          return
        }
        if (reader.canGoOn(exit)) continue
      }
      at = this.#readLine(this.#kernel.bytes.subarray(0, end), at)
    }
  }

  /** Reads one line, or its beginning; where the next one begins. */
  #readLine(bytes: Buffer, at: number): number {
    const end = this.#splitter.next(bytes, at)
    if (end === -1) return bytes.length
    this.#reader.readLine(this.#splitter.line(bytes, at, end))
    return end
  }

  /** Keeps the beginning of a line; a very long one goes to the splitter, which looks at each byte once. */
  #keepTail(start: number, end: number): void {
    const memory = this.#kernel.bytes
    if (end - start > TAIL_ROOM) this.#readLine(memory.subarray(0, end), start)
    else this.#tailBytes = memory.copy(this.#tail, 0, start, end)
  }
}
