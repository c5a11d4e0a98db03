import type { Decision, OutputSeries } from '../decide.ts'
import { ADD, ADD_ON_ERROR, DROP, NAMELESS, PASS, PASS_ON_ERROR } from './assembly/layout.ts'

/** An operation is a decision in a word: what becomes of a sample in one output, and the slot that it adds to. */

const KIND_BITS = 3
const KIND = (1 << KIND_BITS) - 1

/** By operation: DROP, NAMELESS, PASS, PASS_ON_ERROR. */
const DECISIONS: readonly Decision[] = [
  { kind: 'drop' },
  { kind: 'nameless' },
  { kind: 'keep', ruleError: false, series: undefined },
  { kind: 'keep', ruleError: true, series: undefined },
]

/** Whether the sample is added to a slot. */
export function isAddition(operation: number): boolean {
  return (operation & KIND) >= ADD
}

/** The slot that is added to; meaningless for other operations. */
export function slotOf(operation: number): number {
  return operation >>> KIND_BITS
}

/** A decision as a word. `slotFor` is asked for the slot of a series that is accumulated. */
export function toOperation(decision: Decision, slotFor: (series: OutputSeries) => number): number {
  if (decision.kind !== 'keep') return decision.kind === 'drop' ? DROP : NAMELESS
  const { ruleError, series } = decision
  if (series === undefined) return ruleError ? PASS_ON_ERROR : PASS
  return slotFor(series) * (KIND + 1) + (ruleError ? ADD_ON_ERROR : ADD)
}

/** What was decided where an operation adds nothing. */
export function toDecision(operation: number): Decision {
  const decision = DECISIONS[operation]
  if (decision === undefined) throw new Error(`BUG: operation ${operation} is no decision`)
  return decision
}
