import type { Family } from '../exposition/families.ts'
import type { Line } from '../exposition/lines.ts'
import type { Decision } from './decide.ts'
import type { Output, ReadSample } from './output.ts'
import { countDecision, type OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/**
 * An output whose rules only keep and drop. Kept lines leave as the bytes that came, in order, repeated series too:
 * Prometheus keeps the first. A family's metadata leaves before its first kept sample. Comments do not leave.
 */
export class StreamOutput implements Output {
  readonly #writer: OutputWriter
  readonly #stats: OutputStats
  /** Families whose metadata has left. */
  readonly #begun = new Set<Family>()

  constructor(writer: OutputWriter, stats: OutputStats) {
    this.#writer = writer
    this.#stats = stats
  }

  sample({ line, family }: Pick<ReadSample, 'line' | 'family'>, decision: Decision): void {
    if (!countDecision(this.#stats, decision)) return
    this.begin(family)
    this.verbatim(line, 1)
  }

  /** Lets the metadata of a family out, if it has not left: a sample of it follows. */
  begin(family: Family): void {
    if (this.#begun.has(family)) return
    this.#begun.add(family)
    for (const { line } of family.metadata) this.#writer.writeText(`${line}\n`)
  }

  /** Whether the metadata of a family has left. */
  hasBegun(family: Family): boolean {
    return this.#begun.has(family)
  }

  /** Kept lines, one after the other, that leave as the bytes that came. */
  lines(bytes: Buffer, start: number, end: number, count: number): void {
    this.#stats.samplesOut += this.#writer.writeLines(bytes, start, end, count)
  }

  passOn(line: Line): void {
    this.verbatim(line, 1)
  }

  verbatim({ bytes, start, end }: Line, samples: 0 | 1): void {
    if (this.#writer.writeBytes(bytes, start, end)) this.#stats.samplesOut += samples
  }

  /** Metadata that comes after kept samples of its family, or once more, leaves in its place. */
  metadata(line: Line, family: Family): void {
    if (this.#begun.has(family)) this.verbatim(line, 0)
  }

  comment(): void {
    // Nobody reads comments after us.
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
