import type { ExpositionFormat } from '../exposition/format.ts'
import { DECISION_MEMORY_BYTES_MAX } from '../limits.ts'
import { compileRelabeling } from '../relabel/compile.ts'
import type { RelabelConfig } from '../relabel/config.ts'
import type { RememberedSeries } from './decide.ts'
import { BoundedMemo } from './memo.ts'

/** The rules of a gate: of its main output, and of further outputs by name. */
export interface GateRules {
  readonly main: readonly RelabelConfig[]
  readonly subsets: readonly { readonly name: string; readonly rules: readonly RelabelConfig[] }[]
}

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
  /** Changes the labels of a series, `__name__` among them; false drops it. */
  readonly apply: (labels: Map<string, string>) => boolean
}

/** Compiled rules. Scrapes share it, one after the other or interleaved. */
export interface Program {
  readonly main: OutputProgram
  readonly subsets: readonly OutputProgram[]
  /** What the rules ask for that will surprise their author. */
  readonly warnings: readonly string[]
  /** Decisions about series, by the bytes of the series. Never visible in a result. */
  readonly memory: Readonly<Record<ExpositionFormat, BoundedMemo<RememberedSeries>>>
}

/** Compiles the rules of a gate. `memoryBytesMax` bounds what is remembered between scrapes; 0: nothing. */
export function compileProgram(rules: GateRules, memoryBytesMax = DECISION_MEMORY_BYTES_MAX): Program {
  const warnings: string[] = []
  const compile = (name: string, configs: readonly RelabelConfig[]): OutputProgram => {
    const { apply, onlyKeepsAndDrops, warnings: own } = compileRelabeling(configs)
    warnings.push(...own.map(warning => (name === '' ? warning : `subset ${name}: ${warning}`)))
    if (configs.length === 0) return { name, kind: 'passthrough', apply }
    return { name, kind: onlyKeepsAndDrops ? 'stream' : 'accumulate', apply }
  }
  return {
    main: compile('', rules.main),
    subsets: rules.subsets.map(subset => compile(subset.name, subset.rules)),
    warnings,
    memory: { text: new BoundedMemo(memoryBytesMax), openmetrics: new BoundedMemo(memoryBytesMax) },
  }
}
