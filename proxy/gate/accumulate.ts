import { formatFloat } from '../exposition/float.ts'
import type { Line } from '../exposition/lines.ts'
import type { SampleValue } from '../exposition/value.ts'
import type { Decision, OutputSeries } from './decide.ts'
import type { Output, ReadSample } from './output.ts'
import { OutputFamilies } from './output-families.ts'
import { countDecision, type OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/** A series of the output. */
interface Slot {
  readonly series: OutputSeries
  /** The timestamp and the exemplar of the only sample so far, as printed; '' once there were several. */
  extras: string
  sum: number
}

/**
 * An output whose rules can make series equal: values of equal series add up, in the order in which they came. It is
 * rendered when the body has ended: families and the series in them by first appearance, each family in one piece,
 * then malformed lines and the end marker in the order in which they came. A series of one sample keeps its timestamp
 * and its exemplar; a sum has neither. Comments do not leave.
 */
export class AccumulateOutput implements Output {
  readonly #writer: OutputWriter
  readonly #stats: OutputStats
  /** By text of the series. */
  readonly #slots = new Map<string, Slot>()
  readonly #families = new OutputFamilies<Slot>()
  /** Malformed lines as they came, and the end marker as text. */
  readonly #tail: (Buffer | string)[] = []

  constructor(writer: OutputWriter, stats: OutputStats) {
    this.#writer = writer
    this.#stats = stats
  }

  sample(sample: ReadSample, decision: Decision): void {
    if (sample.repeated || !countDecision(this.#stats, decision)) return
    if (decision.series === undefined) throw new Error('BUG: a series to be accumulated has no text')
    const slot = this.#slots.get(decision.series.text)
    if (slot === undefined) {
      this.#begin(sample, decision.series)
      return
    }
    slot.extras = ''
    slot.sum += sample.value.value
    this.#stats.mergedSeries++
  }

  /** A malformed line. Where this output exists, some output has rules, so samples do not come here. */
  verbatim({ bytes, start, end }: Line): void {
    this.#tail.push(Buffer.from(bytes.subarray(start, end)))
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
    return []
  }

  /** Renders slice by slice, as the slices are asked for. */
  *finish(): Generator<Uint8Array, void, undefined> {
    for (const { metadata, members } of this.#families) {
      for (const line of metadata) this.#writer.writeText(`${line}\n`)
      for (const { series, sum, extras } of members) {
        if (this.#writer.writeText(`${series.text} ${formatFloat(sum)}${extras}\n`)) this.#stats.samplesOut++
        if (this.#writer.hasFullSlice) yield* this.#writer.take()
      }
    }
    writeTail(this.#writer, this.#tail)
    yield* this.#writer.take()
  }

  #begin({ name, family, value }: ReadSample, series: OutputSeries): void {
    const slot = { series, extras: printExtras(value), sum: value.value }
    this.#slots.set(series.text, slot)
    this.#families.add({ name, family, outputName: series.name }, slot)
  }
}

/** Timestamp and exemplar of a sample, as they follow its value. */
export function printExtras({ timestampText, exemplarText }: SampleValue): string {
  const timestamp = timestampText === '' ? '' : ` ${timestampText}`
  return exemplarText === '' ? timestamp : `${timestamp} # ${exemplarText}`
}

/** Writes what follows the series of an output: malformed lines as they came, and the end marker as text. */
export function writeTail(writer: OutputWriter, tail: readonly (Buffer | string)[]): void {
  for (const part of tail) {
    if (typeof part === 'string') writer.writeEnd(part)
    else writer.writeBytes(part, 0, part.length)
  }
}
