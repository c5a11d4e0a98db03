import { Families, type Family } from './families.ts'
import type { ExpositionFormat } from './format.ts'
import { type Line, LineSplitter } from './lines.ts'
import { parseLine } from './parse.ts'
import type { Label } from './series.ts'

/** A sample as an application exposes it, with nothing normalised. */
export interface ExposedSample {
  readonly family: Family
  readonly name: string
  readonly labels: readonly Label[]
  readonly value: number
}

/**
 * Reads the samples of an exposition from its chunks. Malformed lines are counted and skipped. Families get their
 * type when their TYPE line comes.
 */
export class SampleReader {
  malformedLines = 0
  readonly #format: ExpositionFormat
  readonly #splitter: LineSplitter
  readonly #families = new Families()

  constructor(format: ExpositionFormat) {
    this.#format = format
    this.#splitter = new LineSplitter(format)
  }

  /** The samples whose lines end in this chunk. Throws LimitExceededError (E_LINE_BYTES). */
  *push(chunk: Uint8Array): Generator<ExposedSample, void, undefined> {
    for (const line of this.#splitter.push(chunk)) yield* this.#read(line)
  }

  /** The sample of the last line, when that has no newline. */
  *finish(): Generator<ExposedSample, void, undefined> {
    const line = this.#splitter.finish()
    if (line !== undefined) yield* this.#read(line)
  }

  *#read({ bytes, start, end }: Line): Generator<ExposedSample, void, undefined> {
    const parsed = parseLine(bytes.toString('latin1', start, end), this.#format)
    if (parsed.kind === 'malformed') this.malformedLines++
    if (parsed.kind === 'metadata') this.#families.declare(parsed)
    if (parsed.kind !== 'sample') return
    const { name, labels } = parsed.series
    yield { family: this.#families.of(name), name, labels, value: parsed.value.value }
  }
}
