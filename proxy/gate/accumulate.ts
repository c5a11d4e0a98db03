import type { Family } from '../exposition/families.ts'
import { formatFloat } from '../exposition/float.ts'
import type { Line } from '../exposition/lines.ts'
import { renameMetadata } from '../exposition/metadata.ts'
import type { SampleValue } from '../exposition/value.ts'
import type { Decision, OutputSeries } from './decide.ts'
import type { Output, ReadSample } from './output.ts'
import { countDecision, type OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/** A series of the output. */
interface Slot {
  readonly series: OutputSeries
  /** The only sample so far; undefined once there were several. */
  single: SampleValue | undefined
  sum: number
}

/** A family of the output. */
interface OutputFamily {
  readonly name: string
  /** The family of the application whose metadata holds for it. */
  source: Family | undefined
  readonly slots: Slot[]
}

/**
 * An output whose rules can make series equal: values of equal series add up, in the order in which they came. It is
 * rendered when the body has ended: families and the series in them by first appearance, each family in one piece,
 * then malformed lines and the end marker in the order in which they came. A series of one sample keeps its value
 * as written, its timestamp and its exemplar; a sum has neither. Comments do not leave.
 */
export class AccumulateOutput implements Output {
  readonly #writer: OutputWriter
  readonly #stats: OutputStats
  /** By key of the series. */
  readonly #slots = new Map<string, Slot>()
  readonly #families = new Map<string, OutputFamily>()
  /** Malformed lines as they came, and the end marker as text. */
  readonly #tail: (Buffer | string)[] = []

  constructor(writer: OutputWriter, stats: OutputStats) {
    this.#writer = writer
    this.#stats = stats
  }

  sample(sample: ReadSample, decision: Decision): void {
    if (sample.repeated || !countDecision(this.#stats, decision)) return
    if (decision.series === undefined) throw new Error('BUG: a series to be accumulated has no text')
    const slot = this.#slots.get(decision.series.key)
    if (slot === undefined) {
      this.#begin(sample, decision.series)
      return
    }
    slot.single = undefined
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
    for (const family of this.#families.values()) {
      this.#writeMetadata(family)
      for (const slot of family.slots) {
        if (this.#writer.writeText(printSlot(slot))) this.#stats.samplesOut++
        if (this.#writer.hasFullSlice) yield* this.#writer.take()
      }
    }
    for (const part of this.#tail) {
      if (typeof part === 'string') this.#writer.writeEnd(part)
      else this.#writer.writeBytes(part, 0, part.length)
    }
    yield* this.#writer.take()
  }

  /** Gives a series its place, in the family to which its name belongs now. */
  #begin({ name, family, value }: ReadSample, series: OutputSeries): void {
    const slot = { series, single: value, sum: value.value }
    this.#slots.set(series.key, slot)
    const familyName = renamedFamily(family.name, name, series.name)
    const known = this.#families.get(familyName ?? series.name)
    if (known === undefined) {
      const source = familyName === undefined ? undefined : family
      this.#families.set(familyName ?? series.name, {
        name: familyName ?? series.name,
        source,
        slots: [slot],
      })
      return
    }
    known.slots.push(slot)
    // One family can be renamed to what another is called: that other's own metadata goes first.
    if (familyName !== undefined && (known.source === undefined || family.name === familyName))
      known.source = family
  }

  #writeMetadata({ name, source }: OutputFamily): void {
    for (const metadata of source?.metadata ?? []) {
      const line = renameMetadata(metadata, name)
      if (line !== undefined) this.#writer.writeText(`${line}\n`)
    }
  }
}

/**
 * What a family is called when rules renamed one of its metrics: `rpc_bucket` → `call_bucket` makes `rpc` `call`.
 * Undefined when the new name does not end as the old one does beyond its family's name: metadata cannot follow.
 */
function renamedFamily(family: string, name: string, outputName: string): string | undefined {
  if (outputName === name) return family
  const suffix = name.slice(family.length)
  if (suffix === '') return outputName
  return outputName.endsWith(suffix) ? outputName.slice(0, -suffix.length) || undefined : undefined
}

function printSlot({ series, single, sum }: Slot): string {
  if (single === undefined) return `${series.text} ${formatFloat(sum)}\n`
  const { valueText, timestampText, exemplarText } = single
  const timestamp = timestampText === '' ? '' : ` ${timestampText}`
  const exemplar = exemplarText === '' ? '' : ` # ${exemplarText}`
  return `${series.text} ${valueText}${timestamp}${exemplar}\n`
}
