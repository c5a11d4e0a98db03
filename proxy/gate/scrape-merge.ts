import type { Family } from '../exposition/families.ts'
import type { CombineFunction } from './merge/combine.ts'
import { mergeFunctionOf } from './merge/function-of.ts'
import type { MergeSettings } from './merge/settings.ts'

/** What a sample says about how its series merges. */
export interface MergingSample {
  /** Name of the metric as the application has it. */
  readonly name: string
  readonly family: Family
  /** Whether it has a label `quantile`. */
  readonly hasQuantile: boolean
}

/** How samples of one scrape merge. `drop`: their series leaves only while it is alone. */
export type ScrapeFunction = CombineFunction | 'drop'

/**
 * How a series merges within one scrape that is called `outputName` in an output. There is nothing that counters could have
 * risen from, so they add up, and what says when they began is the latest of its kind.
 */
export function scrapeFunctionOf(
  outputName: string,
  { name, family, hasQuantile }: MergingSample,
  merge: MergeSettings,
): ScrapeFunction {
  const { name: familyName, type } = family
  const by = mergeFunctionOf({ outputName, inputName: name, familyName, type, hasQuantile }, merge)
  if (by === 'increase') return 'sum'
  return by === 'created' ? 'max' : by
}
