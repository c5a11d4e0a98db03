import { formatFloat } from '../exposition/float.ts'
import type { SampleValue } from '../exposition/value.ts'
import type { Decision, OutputSeries } from './decide.ts'
import type { Output, ReadSample } from './output.ts'
import { OutputFamilies } from './output-families.ts'
import { RenderedOutput } from './rendered-output.ts'
import { countDecision } from './stats.ts'

/** A series of the output. */
interface Slot {
  readonly series: OutputSeries
  /** The timestamp and the exemplar of the only sample so far, as printed; '' once there were several. */
  extras: string
  sum: number
}

/**
 * An output whose rules can make series equal: values of equal series add up, in the order in which they came. A series of
 * one sample keeps its timestamp and its exemplar; a sum has neither.
 */
export class AccumulateOutput extends RenderedOutput<Slot> implements Output {
  /** By text of the series. */
  readonly #slots = new Map<string, Slot>()
  readonly #families = new OutputFamilies<Slot>()

  sample(sample: ReadSample, decision: Decision): void {
    if (sample.repeated || !countDecision(this.stats, decision)) return
    if (decision.series === undefined) throw new Error('BUG: a series to be accumulated has no text')
    const slot = this.#slots.get(decision.series.text)
    if (slot === undefined) {
      this.#begin(sample, decision.series)
      return
    }
    slot.extras = ''
    slot.sum += sample.value.value
    this.stats.mergedSeries++
  }

  protected override families(): OutputFamilies<Slot> {
    return this.#families
  }

  protected override write({ series, sum, extras }: Slot): boolean {
    return this.writer.writeText(`${series.text} ${formatFloat(sum)}${extras}\n`)
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
