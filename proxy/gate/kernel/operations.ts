import type { Decision, OutputSeries } from '../decide.ts'
import type { ScrapeFunction } from '../scrape-merge.ts'
import {
  ADD,
  ADD_ON_ERROR,
  AVG,
  COUNT,
  DISCARD,
  DROP,
  MAX,
  MIN,
  NAMELESS,
  ONE,
  OPERATION_FUNCTION_SHIFT,
  OPERATION_KIND,
  OPERATION_SLOT_SHIFT,
  PASS,
  PASS_ON_ERROR,
  SUM,
} from './assembly/layout.ts'

/**
 * An operation is a decision in a word: what becomes of a sample in one output, how it merges, and the slot that it is
 * added to.
 */

/** By operation: DROP, NAMELESS, PASS, PASS_ON_ERROR. */
const DECISIONS: readonly Decision[] = [
  { kind: 'drop' },
  { kind: 'nameless' },
  { kind: 'keep', ruleError: false, series: undefined },
  { kind: 'keep', ruleError: true, series: undefined },
]

/** Numbers of the merge functions. */
const FUNCTIONS: Readonly<Record<ScrapeFunction, number>> = {
  sum: SUM,
  min: MIN,
  max: MAX,
  avg: AVG,
  count: COUNT,
  one: ONE,
  drop: DISCARD,
}
/** What is added to a slot, without the slot. */
export function additionOf(by: ScrapeFunction, ruleError: boolean): number {
  return (FUNCTIONS[by] << OPERATION_FUNCTION_SHIFT) | (ruleError ? ADD_ON_ERROR : ADD)
}

/** Whether the sample is added to a slot. */
export function isAddition(operation: number): boolean {
  return (operation & OPERATION_KIND) >= ADD
}

/** The slot that is added to; meaningless for other operations. */
export function slotOf(operation: number): number {
  return operation >>> OPERATION_SLOT_SHIFT
}

/** A decision as a word. `placeOf` is asked about a series that is accumulated: for its slot, and how it merges. */
export function toOperation(
  decision: Decision,
  placeOf: (series: OutputSeries) => { readonly slot: number; readonly by: ScrapeFunction },
): number {
  if (decision.kind !== 'keep') return decision.kind === 'drop' ? DROP : NAMELESS
  const { ruleError, series } = decision
  if (series === undefined) return ruleError ? PASS_ON_ERROR : PASS
  const { slot, by } = placeOf(series)
  return slot * 2 ** OPERATION_SLOT_SHIFT + additionOf(by, ruleError)
}

/** What was decided where an operation adds nothing. */
export function toDecision(operation: number): Decision {
  const decision = DECISIONS[operation]
  if (decision === undefined) throw new Error(`BUG: operation ${operation} is no decision`)
  return decision
}
