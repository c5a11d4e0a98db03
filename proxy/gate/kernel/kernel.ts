import { randomFillSync } from 'node:crypto'
import {
  CHUNK,
  CHUNK_BYTES_MAX,
  HASH_KEY,
  HASH_KEY_BYTES,
  POWERS,
  SCRATCH,
  SERIES_BYTES_MAX,
  SLOT_TABLES,
  SLOT_TEXTS,
  TAIL_MASKS,
} from './assembly/layout.ts'
import { BINARY } from './binary.ts'
import { writePowers } from './powers.ts'

/** What the kernel exports. Addresses, counts and flags are numbers; see the sources in `assembly/`. */
interface KernelExports {
  readonly memory: WebAssembly.Memory
  readonly number: WebAssembly.Global
  readonly parseNumber: (at: number) => number
  readonly heldBytes: () => number
  readonly createTable: () => number
  readonly tableCount: (table: number) => number
  readonly find: (table: number, at: number, length: number) => number
  readonly insert: (table: number, at: number, length: number, value: number) => number
  readonly entryValue: (table: number, entry: number) => number
  readonly setEntryValue: (table: number, entry: number, value: number) => void
  readonly compactTable: (table: number, bits: number, byValue: number) => void
  readonly createBits: () => number
  readonly freeBits: (bits: number) => void
  readonly setBit: (bits: number, index: number) => void
  readonly uniteBits: (into: number, from: number, count: number) => void
  readonly countBits: (bits: number, count: number) => number
  readonly setUp: (
    series: number,
    recordTable: number,
    records: number,
    recordShift: number,
    outputs: number,
    streams: number,
    repeats: number,
    integerTimestamps: number,
  ) => void
  readonly setRoom: (series: number) => void
  readonly setUpShapes: () => void
  readonly addShape: (shape: number) => void
  readonly shapeAt: (shape: number) => number
  readonly recordAt: (record: number) => number
  readonly recordFor: (length: number) => number
  readonly recordNumbers: () => number
  readonly freeRecord: (record: number) => void
  readonly forgetFreeRecords: () => void
  readonly beginScrape: (hasPolicies: number) => number
  readonly openOutput: (scrape: number, index: number, accumulates: number) => void
  readonly endScrape: (scrape: number, outputs: number) => void
  readonly bindName: (scrape: number, name: number, kind: number, binding: number, begun: number) => void
  readonly takePolicyCount: (scrape: number, policy: number) => number
  readonly forgetFamilies: (scrape: number) => void
  readonly see: (scrape: number, entry: number) => number
  readonly add: (
    output: number,
    operation: number,
    value: number,
    timestamp: number,
    binding: number,
  ) => number
  readonly slotAt: (output: number, slot: number) => number
  readonly slotSamples: (at: number) => number
  readonly slotValue: (at: number) => number
  readonly slotFor: (output: number, name: number, text: number, length: number) => number
  readonly createTexts: () => number
  readonly freeTexts: (texts: number) => void
  readonly setText: (texts: number, number: number, name: number, at: number, length: number) => void
  readonly takeNumber: (texts: number) => number
  readonly readText: (texts: number, number: number) => number
  readonly textBytes: WebAssembly.Global
  readonly textName: (texts: number, number: number) => number
  readonly textPlace: (texts: number, number: number) => number
  readonly copyText: (from: number, texts: number, number: number) => void
  readonly freeNumber: (texts: number, number: number) => void
  readonly numbersTaken: (texts: number) => number
  readonly printNumber: (at: number, value: number) => number
  readonly listTouched: (output: number, texts: number, first: number, most: number) => number
  readonly renderSamples: (output: number, texts: number, from: number, count: number) => number
  readonly renderedEnd: WebAssembly.Global
  readonly run: (scrape: number, start: number, end: number) => number
  readonly passLines: (scrape: number, start: number, end: number, outputs: number) => number
  readonly collect: (scrape: number, start: number, end: number) => number
  readonly put: (scrape: number, number: number, value: number) => number
  readonly enterSeries: (at: number, length: number, number: number, metric: number) => number
  readonly metricOf: (entry: number) => number
  readonly endCollection: (scrape: number) => void
}

/** What `find` answers when there is no such entry. */
export const NONE = -1

let compiled: WebAssembly.Module | undefined
let constants: Buffer | undefined

/** Powers of ten: computed once, copied into each kernel. */
function powers(): Buffer {
  if (constants === undefined) {
    constants = Buffer.alloc(HASH_KEY)
    writePowers(constants)
  }
  return constants
}

/** One instance of the kernel with a memory and a hash key of its own. The code is compiled once. */
export class Kernel {
  readonly exports: KernelExports
  #bytes = Buffer.alloc(0)
  #words = new Uint32Array(0)
  #floats = new Float64Array(0)
  #window = new Uint8Array(0)

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(BINARY, 'base64'))
    this.exports = new WebAssembly.Instance(compiled).exports as unknown as KernelExports
    const { bytes } = this
    bytes.fill(0xff, TAIL_MASKS, TAIL_MASKS + 16)
    powers().copy(bytes, POWERS, POWERS, HASH_KEY)
    randomFillSync(bytes, HASH_KEY, HASH_KEY_BYTES)
  }

  /** The memory as bytes. Views are made anew when memory has grown, so they must not be kept across calls. */
  get bytes(): Buffer {
    if (this.#bytes.length === 0) this.#bytes = Buffer.from(this.exports.memory.buffer)
    return this.#bytes
  }

  /** The memory as 32-bit words: the word at address `a` is number `a / 4`. */
  get words(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.exports.memory.buffer)
    return this.#words
  }

  /** The memory as float64s: the one at address `a` is number `a / 8`. */
  get floats(): Float64Array {
    if (this.#floats.length === 0) this.#floats = new Float64Array(this.exports.memory.buffer)
    return this.#floats
  }

  /** The part of the memory that bodies are received into. */
  get view(): Uint8Array {
    if (this.#window.length === 0)
      this.#window = new Uint8Array(this.exports.memory.buffer, CHUNK, CHUNK_BYTES_MAX)
    return this.#window
  }

  /** Whether bytes are in the window already. */
  hasReceived(bytes: Uint8Array): boolean {
    return bytes.buffer === this.exports.memory.buffer
  }

  /** Says where the slots of an output are: the table of their texts, and the texts. */
  setSlots(output: number, table: number, texts: number): void {
    this.words[SLOT_TABLES / 4 + output] = table
    this.words[SLOT_TEXTS / 4 + output] = texts
  }

  /** Writes a text where the kernel can hash it; how many bytes it has, or -1 if it is too long to be remembered. */
  writeScratch(text: string): number {
    if (text.length > SERIES_BYTES_MAX) return -1
    // Three bytes for each UTF-16 unit at most, and the scratch ends there.
    const length = this.bytes.write(text, SCRATCH, 2 * SERIES_BYTES_MAX, 'utf8')
    return length > SERIES_BYTES_MAX ? -1 : length
  }
}
