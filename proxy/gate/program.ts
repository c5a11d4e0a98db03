import type { ExpositionFormat } from '../exposition/format.ts'
import type { LineEnds } from '../exposition/lines.ts'
import { SortedSeriesPrinter } from '../exposition/sorted-series.ts'
import { SERIES_MAX, SERIES_MEMORY_BYTES_MAX, SERIES_UNSEEN_SCRAPES } from '../limits.ts'
import { NO_POLICIES, type SeriesPolicies } from '../policy/series-policies.ts'
import { compileRelabeling } from '../relabel/compile.ts'
import type { RelabelConfig } from '../relabel/config.ts'
import { SeriesMemory } from './kernel/series-memory.ts'
import type { SeriesTableLimits } from './kernel/series-table.ts'
import { DEFAULT_MERGE, type MergeSettings } from './merge/settings.ts'
import type { OutputProgram } from './output-program.ts'

const MEMORY_LIMITS: SeriesTableLimits = {
  seriesMax: SERIES_MAX,
  bytesMax: SERIES_MEMORY_BYTES_MAX,
  unseenScrapes: SERIES_UNSEEN_SCRAPES,
}

/** The rules of a gate: of its main output, and of further outputs by name. */
export interface GateRules {
  readonly main: readonly RelabelConfig[]
  readonly subsets: readonly { readonly name: string; readonly rules: readonly RelabelConfig[] }[]
  /** How series that the rules make equal merge; DEFAULT_MERGE where nothing is said. */
  readonly merge?: MergeSettings
}

/** Compiled rules. Scrapes share it, one after the other or interleaved. */
export interface Program {
  /** Telemetry policies: they come before the rules of any output. */
  readonly policies: SeriesPolicies
  readonly main: OutputProgram
  readonly subsets: readonly OutputProgram[]
  /** What the rules ask for that will surprise their author. */
  readonly warnings: readonly string[]
  /** Decisions about series, by the bytes of the series. Never visible in a result. */
  readonly memory: SeriesMemory
}

/** How lines of an exposition end. Where no output has rules nothing is parsed, and a line ends at each newline. */
export function lineEnds({ main, subsets }: Program, format: ExpositionFormat): LineEnds {
  return [main, ...subsets].every(({ kind }) => kind === 'passthrough') ? 'any' : format
}

/** Compiles the rules of a gate. `memoryLimits` bound what is remembered from scrape to scrape. */
export function compileProgram(
  rules: GateRules,
  memoryLimits = MEMORY_LIMITS,
  policies = NO_POLICIES,
): Program {
  const warnings: string[] = []
  const { merge = DEFAULT_MERGE } = rules
  const compile = (name: string, configs: readonly RelabelConfig[]): OutputProgram => {
    const { apply, onlyKeepsAndDrops, readsOnlyNames, warnings: own } = compileRelabeling(configs)
    warnings.push(...own.map(warning => (name === '' ? warning : `subset ${name}: ${warning}`)))
    const kept = onlyKeepsAndDrops ? 'stream' : 'accumulate'
    const kind = configs.length === 0 && policies.isEmpty ? 'passthrough' : kept
    return { name, kind, readsOnlyNames, apply, merge, printer: new SortedSeriesPrinter() }
  }
  const main = compile('', rules.main)
  const subsets = rules.subsets.map(subset => compile(subset.name, subset.rules))
  return { ...joinOutputs(main, subsets, memoryLimits, policies), warnings }
}

/** A program whose one output is what policies leave; undefined without any. */
export function compilePolicyFilter(policies: SeriesPolicies): Program | undefined {
  return policies.isEmpty ? undefined : compileProgram({ main: [], subsets: [] }, MEMORY_LIMITS, policies)
}

/** A program of outputs that are compiled already. */
export function joinOutputs(
  main: OutputProgram,
  subsets: readonly OutputProgram[],
  memoryLimits = MEMORY_LIMITS,
  policies = NO_POLICIES,
): Program {
  const memory = new SeriesMemory([main, ...subsets], memoryLimits, policies)
  return { policies, main, subsets, warnings: [], memory }
}
