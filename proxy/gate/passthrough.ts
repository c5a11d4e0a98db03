import type { Line } from '../exposition/lines.ts'
import type { Output, ReadSample } from './output.ts'
import type { OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/** An output without rules: all lines as they came. */
export class PassthroughOutput implements Output {
  readonly #writer: OutputWriter
  readonly #stats: OutputStats

  constructor(writer: OutputWriter, stats: OutputStats) {
    this.#writer = writer
    this.#stats = stats
  }

  sample({ line }: Pick<ReadSample, 'line'>): void {
    this.verbatim(line, 1)
  }

  passOn(line: Line): void {
    this.verbatim(line, 1)
  }

  verbatim({ bytes, start, end }: Line, samples: 0 | 1): void {
    if (this.#writer.writeBytes(bytes, start, end)) this.#stats.samplesOut += samples
  }

  /** Lines of samples, one after the other. */
  lines(bytes: Buffer, start: number, end: number, count: number): void {
    this.#stats.samplesOut += this.#writer.writeLines(bytes, start, end, count)
  }

  metadata(line: Line): void {
    this.verbatim(line, 0)
  }

  comment(line: Line): void {
    this.verbatim(line, 0)
  }

  end(text: string): void {
    this.#writer.writeEnd(text)
  }

  take(): Uint8Array[] {
    return this.#writer.take()
  }

  finish(): Uint8Array[] {
    return this.#writer.finish()
  }
}
