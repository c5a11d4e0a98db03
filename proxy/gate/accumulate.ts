import { formatFloat } from '../exposition/float.ts'
import type { SampleValue } from '../exposition/value.ts'
import type { Decision, OutputSeries } from './decide.ts'
import { type Combined, combine, combinedValue, nothingCombined } from './merge/combine.ts'
import type { MergeSettings } from './merge/settings.ts'
import type { Output, ReadSample } from './output.ts'
import { type Origin, OutputFamilies } from './output-families.ts'
import { RenderedOutput } from './rendered-output.ts'
import { type ScrapeFunction, scrapeFunctionOf } from './scrape-merge.ts'
import { countDecision, type OutputStats } from './stats.ts'
import type { OutputWriter } from './writer.ts'

/** A series of the output. */
interface Slot {
  readonly series: OutputSeries
  readonly origin: Origin
  /** How samples merge; the one that began the series says it. */
  readonly by: ScrapeFunction
  readonly combined: Combined
  samples: number
  /** The timestamp and the exemplar of the first sample, as printed. */
  readonly extras: string
}

/**
 * An output whose rules can make series equal: values of equal series merge, in the order in which they came. A series of
 * one sample keeps its value, its timestamp and its exemplar; where several merged there is neither of the last two.
 */
export class AccumulateOutput extends RenderedOutput<Slot> implements Output {
  readonly #merge: MergeSettings
  /** By text of the series. */
  readonly #slots = new Map<string, Slot>()

  constructor(writer: OutputWriter, stats: OutputStats, merge: MergeSettings) {
    super(writer, stats)
    this.#merge = merge
  }

  sample(sample: ReadSample, decision: Decision): void {
    if (sample.repeated || !countDecision(this.stats, decision)) return
    if (decision.series === undefined) throw new Error('BUG: a series to be accumulated has no text')
    const slot = this.#slots.get(decision.series.text)
    if (slot === undefined) this.#begin(sample, decision.series)
    else this.#add(slot, sample.value.value)
  }

  protected override families(): OutputFamilies<Slot> {
    const families = new OutputFamilies<Slot>()
    for (const slot of this.#slots.values()) {
      if (slot.samples > 1 && slot.by === 'drop') this.stats.unmergeableSeries++
      else families.add(slot.origin, slot)
    }
    return families
  }

  protected override write(slots: readonly Slot[], from: number): number {
    for (const { series, by, combined, samples, extras } of slots.slice(from, from + 1)) {
      const value = samples === 1 || by === 'drop' ? combined.value : combinedValue(combined, by)
      const line = `${series.text} ${formatFloat(value)}${samples === 1 ? extras : ''}\n`
      if (this.writer.writeText(line)) this.stats.samplesOut++
    }
    return from + 1
  }

  #begin(sample: ReadSample, series: OutputSeries): void {
    const { name, family, value } = sample
    const by = scrapeFunctionOf(series.name, sample, this.#merge)
    const combined = nothingCombined()
    combine(combined, 'sum', value.value)
    const origin = { name, family, outputName: series.name }
    this.#slots.set(series.text, { series, origin, by, combined, samples: 1, extras: printExtras(value) })
  }

  #add(slot: Slot, value: number): void {
    if (slot.samples === 1 && slot.combined.count === 0) this.stats.nanSamples++
    slot.samples++
    this.stats.mergedSeries++
    if (!combine(slot.combined, slot.by === 'drop' ? 'sum' : slot.by, value)) this.stats.nanSamples++
  }
}

/** Timestamp and exemplar of a sample, as they follow its value. */
export function printExtras({ timestampText, exemplarText }: SampleValue): string {
  const timestamp = timestampText === '' ? '' : ` ${timestampText}`
  return exemplarText === '' ? timestamp : `${timestamp} # ${exemplarText}`
}
