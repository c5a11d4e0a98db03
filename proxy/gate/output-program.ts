import type { SortedSeriesPrinter } from '../exposition/sorted-series.ts'
import type { MergeSettings } from './merge/settings.ts'

/**
 * How an output comes about. `passthrough`: no rules, so all bytes as they came. `stream`: rules that only keep and
 * drop, so kept lines leave as they came. `accumulate`: rules that can make series equal, so the output is rendered
 * when the body has ended.
 */
export type OutputKind = 'passthrough' | 'stream' | 'accumulate'

/** The rules of one output, ready to run. */
export interface OutputProgram {
  /** Name of the subset, '' for the main output. */
  readonly name: string
  readonly kind: OutputKind
  /** Whether what becomes of a series depends on the names of its metric and labels alone; see RelabelProgram. */
  readonly readsOnlyNames: boolean
  /** Changes the labels of a series, `__name__` among them; false drops it. */
  readonly apply: (labels: Map<string, string>) => boolean
  /** How series merge that the rules make equal. */
  readonly merge: MergeSettings
  /** Prints the series of the output. */
  readonly printer: SortedSeriesPrinter
}
