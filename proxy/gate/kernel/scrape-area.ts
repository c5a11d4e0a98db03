import type { ScrapeFrame } from '../frame.ts'
import type { PassthroughOutput } from '../passthrough.ts'
import type { StreamOutput } from '../stream.ts'
import { KernelAccumulateOutput } from './accumulate.ts'
import {
  OUTPUT_DROPPED,
  OUTPUT_MERGED,
  OUTPUT_NAMELESS,
  OUTPUT_NANS,
  OUTPUT_RANGES,
  OUTPUT_RULE_ERRORS,
  OUTPUT_SHIFT,
  OUTPUT_STORE,
  RANGE_BYTES,
  RANGE_END,
  RANGE_LINES,
  RANGE_START,
  SCRAPE_OUTPUTS,
  SCRAPE_REPEATED,
  SCRAPE_SAMPLES,
  SCRAPE_SAMPLES_MAX,
  SCRAPE_SEEN,
} from './assembly/layout.ts'
import type { SeriesTable } from './series-table.ts'

/** An output of a scrape through the kernel. */
export type KernelOutput = PassthroughOutput | StreamOutput | KernelAccumulateOutput

/** What the kernel's memory holds of one scrape. */
export class ScrapeArea {
  readonly #table: SeriesTable
  /** 0 once the scrape has ended. */
  #address: number

  /** Begins a scrape. */
  constructor(table: SeriesTable) {
    this.#table = table
    this.#address = table.begin()
  }

  /** Where the kernel has the scrape. */
  get address(): number {
    if (this.#address === 0) throw new Error('BUG: the scrape is closed')
    return this.#address
  }

  /** Gives the memory back; a second time this does nothing. See SeriesTable.end about `complete`. */
  close(complete: boolean): void {
    if (this.#address === 0) return
    this.#table.end(this.#address, this.word(SCRAPE_SEEN), complete)
    this.#address = 0
  }

  /** A field of the scrape. */
  word(field: number): number {
    return this.#table.kernel.words[(this.address + field) / 4] ?? 0
  }

  /** Says how many samples the kernel may count, before `takeCounts`. */
  setSamplesMax(samples: number): void {
    this.#table.kernel.words[(this.address + SCRAPE_SAMPLES_MAX) / 4] = Math.min(samples, 0xffffffff)
  }

  outputAddress(index: number): number {
    return this.address + SCRAPE_OUTPUTS + (index << OUTPUT_SHIFT)
  }

  /** Hands on the lines that the kernel let pass. */
  flush(outputs: readonly KernelOutput[]): void {
    for (const [index, output] of outputs.entries()) {
      if (!(output instanceof KernelAccumulateOutput))
        this.#flushOutput(this.outputAddress(index) / 4, output)
    }
  }

  /** Moves what the kernel has counted to the statistics. */
  takeCounts({ stats, outputStats }: ScrapeFrame<KernelOutput>): void {
    const { words } = this.#table.kernel
    stats.samplesIn += take(words, this.address + SCRAPE_SAMPLES)
    stats.duplicateSamples += take(words, this.address + SCRAPE_REPEATED)
    for (let index = 0; index < outputStats.length; index++) {
      const counts = outputStats[index]
      if (counts === undefined) throw new Error(`BUG: no counts of output ${index}`)
      const address = this.outputAddress(index)
      counts.droppedSeries += take(words, address + OUTPUT_DROPPED)
      counts.namelessSeries += take(words, address + OUTPUT_NAMELESS)
      counts.ruleErrors += take(words, address + OUTPUT_RULE_ERRORS)
      counts.mergedSeries += take(words, address + OUTPUT_MERGED)
      counts.nanSamples += take(words, address + OUTPUT_NANS)
    }
  }

  /** Moves the counts of what policies decided. A second time there are none. */
  takePolicyCounts(frame: ScrapeFrame<KernelOutput>): void {
    const { policies, kernel } = this.#table
    if (this.#address === 0 || policies.isEmpty) return
    for (const [number, decision] of policies.decisions.entries()) {
      const samples = kernel.exports.takePolicyCount(this.#address, number)
      if (samples > 0) frame.countPolicy(decision, samples)
    }
  }

  #flushOutput(word: number, output: PassthroughOutput | StreamOutput): void {
    const { words, bytes } = this.#table.kernel
    const count = words[word + OUTPUT_RANGES / 4] ?? 0
    if (count === 0) return
    words[word + OUTPUT_RANGES / 4] = 0
    let range = (words[word + OUTPUT_STORE / 4] ?? 0) / 4
    for (let i = 0; i < count; i++) {
      const start = words[range + RANGE_START / 4] ?? 0
      output.lines(bytes, start, words[range + RANGE_END / 4] ?? 0, words[range + RANGE_LINES / 4] ?? 0)
      range += RANGE_BYTES / 4
    }
  }
}

function take(words: Uint32Array, address: number): number {
  const count = words[address / 4] ?? 0
  words[address / 4] = 0
  return count
}
