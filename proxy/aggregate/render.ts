import { formatFloat } from '../exposition/float.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import { OutputFamilies, type OutputFamily } from '../gate/output-families.ts'
import type { ScrapeLimits } from '../gate/scrape-limits.ts'
import { emptyOutputStats, type OutputStats } from '../gate/stats.ts'
import { END_MARKER, OutputWriter } from '../gate/writer.ts'
import { familyIn } from './family-format.ts'
import type { OutputFold } from './fold.ts'
import type { Slot } from './output-slots.ts'
import type { DirectoryOutput } from './series-directory.ts'

/** An output as it is served. */
export interface RenderedRound {
  readonly slices: readonly Uint8Array[]
  readonly stats: OutputStats
}

/** Renders one output, round after round. Families and their series come by first appearance. */
export class OutputRenderer {
  readonly #output: DirectoryOutput
  readonly #limits: ScrapeLimits
  readonly #appendedNames: ReadonlySet<string>
  /** The families that leave, and what they were put together for. */
  #families: readonly OutputFamily<Slot>[] = []
  #version = -1
  #format: ExpositionFormat = 'text'

  /** Families whose names are among `appendedNames` are left out: there is another one of the same name in the appendix. */
  constructor(output: DirectoryOutput, limits: ScrapeLimits, appendedNames: ReadonlySet<string>) {
    this.#output = output
    this.#limits = limits
    this.#appendedNames = appendedNames
  }

  /** `appendix`: lines of further families, which go last. Throws LimitExceededError (E_OUTPUT_BYTES). */
  render(fold: OutputFold, format: ExpositionFormat, appendix: string): RenderedRound {
    const { name } = this.#output
    const { mixedBounds: _, ...counts } = fold.stats
    const stats = { ...emptyOutputStats(), ...counts }
    const title = name === '' ? 'the main output' : `subset ${name}`
    const writer = new OutputWriter(title, format, format, this.#limits, stats)
    for (const family of this.#familiesIn(format)) stats.samplesOut += writeFamily(family, fold, writer)
    if (appendix !== '') writer.writeText(appendix)
    if (format === 'openmetrics') writer.writeEnd(END_MARKER)
    return { slices: writer.take(), stats }
  }

  #familiesIn(format: ExpositionFormat): readonly OutputFamily<Slot>[] {
    const { slots } = this.#output
    if (this.#version === slots.version && this.#format === format) return this.#families
    const families = new OutputFamilies<Slot>()
    for (const slot of slots) {
      const { origin, series } = slot
      families.add({ name: origin.name, family: familyIn(format, origin), outputName: series.name }, slot)
    }
    this.#families = [...families].filter(({ name }) => !this.#appendedNames.has(name))
    this.#version = slots.version
    this.#format = format
    return this.#families
  }
}

/** Writes what leaves of a family in this round, and its metadata if that is anything. How many samples there were room for. */
function writeFamily(
  { metadata, members }: OutputFamily<Slot>,
  fold: OutputFold,
  writer: OutputWriter,
): number {
  let samples = 0
  let hasBegun = false
  for (const slot of members) {
    const value = fold.valueOf(slot)
    if (value === undefined) continue
    if (!hasBegun) for (const line of metadata) writer.writeText(`${line}\n`)
    hasBegun = true
    if (writer.writeText(`${slot.series.text} ${formatFloat(value)}${fold.extrasOf(slot)}\n`)) samples++
  }
  return samples
}
