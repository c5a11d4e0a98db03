import type { FieldValue } from '../fields.ts'
import type { Condition, NumericConditionKind, TypedValue } from '../policy.ts'
import { compileText } from './text.ts'

/** Whether the value of a field satisfies a condition. */
export type ValueTest = (value: FieldValue) => boolean

type AnyNumber = number | bigint

// JavaScript compares a double with a bigint by their exact values, and nothing with NaN.
const COMPARE: Readonly<Record<NumericConditionKind, (value: AnyNumber, bound: AnyNumber) => boolean>> = {
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
}

function isNumber(value: FieldValue): value is AnyNumber {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Integers and doubles are one domain; of all other types none equals another. */
function areEqual(value: FieldValue, wanted: TypedValue): boolean {
  if (isNumber(value) && isNumber(wanted)) return value >= wanted && value <= wanted
  if (value instanceof Uint8Array && wanted instanceof Uint8Array) return Buffer.compare(value, wanted) === 0
  return value === wanted
}

/** The test of a condition. A value of another type than the condition's never satisfies it, nor does an absent one. */
export function compileCondition(condition: Condition, caseInsensitive: boolean): ValueTest {
  switch (condition.kind) {
    case 'exists':
      return value => (value !== undefined) === condition.expected
    case 'equals':
      return value => areEqual(value, condition.value)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const compare = COMPARE[condition.kind]
      return value => isNumber(value) && compare(value, condition.value)
    }
    default: {
      const test = compileText(condition.kind, condition.text, caseInsensitive)
      return value => typeof value === 'string' && test(value)
    }
  }
}
