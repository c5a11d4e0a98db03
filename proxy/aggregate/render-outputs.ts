import type { ExpositionFormat } from '../exposition/format.ts'
import type { OutputStats } from '../gate/stats.ts'
import { foldOutput } from './fold.ts'
import type { OutputRenderer } from './render.ts'
import type { DirectoryOutput } from './series-directory.ts'
import type { TargetMemory } from './target-memory.ts'

/** Counts of the outputs of a round. */
export interface OutputsStats {
  readonly main: OutputStats
  readonly subsets: ReadonlyMap<string, OutputStats>
  /** Of the main output; see FoldStats. */
  readonly mixedBounds: number
}

/** All outputs of a round. */
export interface RenderedOutputs {
  readonly format: ExpositionFormat
  readonly main: readonly Uint8Array[]
  readonly subsets: ReadonlyMap<string, Uint8Array>
  readonly stats: OutputsStats
}

/** Adds up and renders what these targets have, for each output. `appendix` goes to the end of the main one. */
export function renderOutputs(
  outputs: readonly DirectoryOutput[],
  renderers: readonly OutputRenderer[],
  targets: readonly TargetMemory[],
  appendix: string,
): RenderedOutputs {
  const format = targets.every(target => target.format === 'openmetrics') ? 'openmetrics' : 'text'
  const [main, ...subsets] = outputs.map((output, index) => {
    const renderer = renderers[index]
    if (renderer === undefined) throw new Error(`BUG: no renderer ${index}`)
    const fold = foldOutput(output, targets, format)
    const counts = fold.stats
    return { name: output.name, counts, ...renderer.render(fold, format, index === 0 ? appendix : '') }
  })
  if (main === undefined) throw new Error('BUG: no main output')
  const { mixedBounds } = main.counts
  return {
    format,
    main: main.slices,
    subsets: new Map(subsets.map(({ name, slices }) => [name, Buffer.concat(slices)])),
    stats: {
      main: main.stats,
      subsets: new Map(subsets.map(({ name, stats }) => [name, stats])),
      mixedBounds,
    },
  }
}
