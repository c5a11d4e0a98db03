import {
  ANY_KIND,
  KIND_BITS,
  RECORD_KIND,
  RECORD_NAME,
  RECORD_OPERATIONS,
  RECORD_PASSES,
  SCRATCH,
} from './assembly/layout.ts'
import type { Kernel } from './kernel.ts'

/** What is decided about some series: they share a metric, and the same becomes of them in each output. */
export interface SeriesRecord {
  /** Number of the metric's name. */
  readonly name: number
  /** The kind of family that the decisions hold for; see familyKind. */
  readonly kind: number
  /** A bit for each output that lets the metadata of the family out before the sample. */
  readonly passes: number
  /** What policies decided: its number, NO_POLICY or POLICY_ASKS. */
  readonly policy: number
  /** For each output: what becomes of a sample; see operations.ts. */
  readonly operations: readonly number[]
}

/** Records by number; equal ones are one. */
export class Records {
  readonly #kernel: Kernel
  readonly #words: number
  /** log2 of the bytes of a record. */
  readonly shift: number
  /** Directory of the pages of records. */
  readonly directory: number
  /** Address of the table: records as bytes → their numbers. */
  readonly table: number

  constructor(kernel: Kernel, outputs: number) {
    this.#kernel = kernel
    this.#words = RECORD_OPERATIONS / 4 + outputs
    this.shift = Math.max(4, Math.ceil(Math.log2(this.#words * 4)))
    this.table = kernel.exports.createTable()
    this.directory = kernel.exports.createBits()
  }

  /** The number of a record, which is new if there is no equal one. */
  number(record: SeriesRecord): number {
    const { exports, bytes } = this.#kernel
    bytes.writeUInt32LE(record.name, SCRATCH + RECORD_NAME)
    bytes.writeUInt32LE(record.policy * (ANY_KIND + 1) + record.kind, SCRATCH + RECORD_KIND)
    bytes.writeUInt32LE(record.passes, SCRATCH + RECORD_PASSES)
    let at = SCRATCH + RECORD_OPERATIONS
    for (const operation of record.operations) at = bytes.writeUInt32LE(operation, at)
    return exports.recordFor(at - SCRATCH)
  }

  /** The record with this number. */
  get(number: number): SeriesRecord {
    const word = this.#kernel.exports.recordAt(number) / 4
    const words = this.#kernel.words.subarray(word, word + this.#words)
    return {
      name: words[RECORD_NAME / 4] ?? 0,
      kind: (words[RECORD_KIND / 4] ?? 0) & ANY_KIND,
      passes: words[RECORD_PASSES / 4] ?? 0,
      policy: (words[RECORD_KIND / 4] ?? 0) >>> KIND_BITS,
      operations: [...words.subarray(RECORD_OPERATIONS / 4)],
    }
  }

  /** Forgets all records but these. */
  keep(used: ReadonlySet<number>): void {
    const { exports } = this.#kernel
    const bits = exports.createBits()
    for (const number of used) exports.setBit(bits, number)
    exports.compactTable(this.table, bits, 1)
    exports.freeBits(bits)
    exports.forgetFreeRecords()
    for (let number = exports.recordNumbers() - 1; number >= 0; number--) {
      if (!used.has(number)) exports.freeRecord(number)
    }
  }
}
