import type { Line } from '../exposition/lines.ts'
import type { LineOutput } from './output.ts'
import type { OutputFamily } from './output-families.ts'
import type { OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/**
 * An output that is rendered when the body has ended (what is passed on without a look leaves at once): families and their members by first appearance, each family in one
 * piece, then malformed lines and the end marker in the order in which they came. Comments do not leave.
 */
export abstract class RenderedOutput<Member> implements LineOutput {
  protected readonly writer: OutputWriter
  protected readonly stats: OutputStats
  /** Malformed lines as they came, and the end marker as text. */
  readonly #tail: (Buffer | string)[] = []

  constructor(writer: OutputWriter, stats: OutputStats) {
    this.writer = writer
    this.stats = stats
  }

  /** What the output holds, by family. */
  protected abstract families(): Iterable<OutputFamily<Member>>

  /** Writes samples from number `from` on, and counts those that fit; the number of the first that is left. */
  protected abstract write(members: readonly Member[], from: number): number

  /** A malformed line. Where this output exists, some output has rules, so samples do not come here. */
  verbatim({ bytes, start, end }: Line): void {
    this.#tail.push(Buffer.from(bytes.subarray(start, end)))
  }

  /** Held back it would take memory, and nothing bounds how many such lines there are. So it leaves before all else. */
  passOn({ bytes, start, end }: Line): void {
    if (this.writer.writeBytes(bytes, start, end)) this.stats.samplesOut++
  }

  metadata(): void {
    // The families of the exposition keep it until they are rendered.
  }

  comment(): void {
    // Nobody reads comments after us.
  }

  end(text: string): void {
    this.#tail.push(text)
  }

  take(): Uint8Array[] {
    return this.writer.take()
  }

  /** Renders slice by slice, as the slices are asked for. */
  *finish(): Generator<Uint8Array, void, undefined> {
    for (const { metadata, members } of this.families()) {
      for (const line of metadata) this.writer.writeText(`${line}\n`)
      for (let at = 0; at < members.length && !this.stats.truncatedOutput; ) {
        at = this.write(members, at)
        if (this.writer.hasFullSlice) yield* this.writer.take()
      }
    }
    for (const part of this.#tail) {
      if (typeof part === 'string') this.writer.writeEnd(part)
      else this.writer.writeBytes(part, 0, part.length)
    }
    yield* this.writer.finish()
  }
}
