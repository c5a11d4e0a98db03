import { FIRST_READ_BYTES, RESPONSE_HEAD_BYTES_MAX } from '../../limits.ts'
import { ProtocolError } from './protocol-error.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const TLS_ALERT = 0x15
const BEGIN = Buffer.from('HTTP/1.')

/** Where the head of a response is collected. What has come of the body with it stays here until somebody asks. */
export class HeadBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_READ_BYTES)
  #filled = 0
  /** Where the head that is looked for begins: after the interim responses. */
  #start = 0
  /** Up to where there is no end of it. */
  #scanned = 0

  /** Where the next bytes go: never empty. */
  get room(): Uint8Array {
    return this.#filled < this.#bytes.length ? this.#bytes.subarray(this.#filled) : this.#bytes
  }

  /** Whether anything has come. */
  get isEmpty(): boolean {
    return this.#filled === 0
  }

  /** What came after the head that was taken last. Valid until `reset`. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#filled)
  }

  /** Forgets everything, so that the next response can come. */
  reset(): void {
    this.#filled = 0
    this.#start = 0
    this.#scanned = 0
  }

  /** Takes notice of bytes that were written into the room. */
  written(length: number): void {
    this.#filled += length
  }

  /** Takes bytes that came elsewhere: FIRST_READ_BYTES at most, and first of all. */
  put(bytes: Uint8Array): void {
    if (this.#filled > 0) throw new Error('BUG: the head has begun in the room')
    this.#bytes.set(bytes)
    this.#filled = bytes.length
  }

  /**
   * The next head, each byte a character, without the empty line after it; undefined while it is not complete.
   *
   * @throws {ProtocolError} if it does not begin like one, or is too large
   */
  take(): string | undefined {
    this.#checkBegin()
    for (let at = this.#nextNewline(); at !== -1; at = this.#nextNewline()) {
      const next = this.#bytes[at + 1] === RETURN ? at + 2 : at + 1
      if (next >= this.#filled) break
      this.#scanned = at + 1
      if (this.#bytes[next] !== NEWLINE) continue
      const head = this.#bytes.toString('latin1', this.#start, at)
      this.#start = next + 1
      this.#scanned = this.#start
      return head
    }
    this.#grow()
    return undefined
  }

  #nextNewline(): number {
    const at = this.#bytes.indexOf(NEWLINE, this.#scanned)
    return at < this.#filled ? at : -1
  }

  /** What speaks another protocol is not waited for. */
  #checkBegin(): void {
    const length = Math.min(this.#filled - this.#start, BEGIN.length)
    if (this.#bytes.compare(BEGIN, 0, length, this.#start, this.#start + length) === 0) return
    const begin = JSON.stringify(this.#bytes.toString('latin1', this.#start, this.#start + length))
    const advice = this.#bytes[this.#start] === TLS_ALERT ? '; does the application serve https?' : ''
    throw new ProtocolError('E_HTTP_HEAD', `it begins with ${begin}${advice}`)
  }

  #grow(): void {
    if (this.#filled < this.#bytes.length) return
    if (this.#filled >= RESPONSE_HEAD_BYTES_MAX)
      throw new ProtocolError('E_HTTP_HEAD_SIZE', `it is larger than ${RESPONSE_HEAD_BYTES_MAX} bytes`)
    const larger = Buffer.allocUnsafeSlow(Math.min(RESPONSE_HEAD_BYTES_MAX, this.#bytes.length * 2))
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}
