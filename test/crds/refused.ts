import { gateWith, type SubmittedGate } from './gates.ts'

/** A gate that has to be refused: which field is named, and what is said about it. */
export interface InvalidGate {
  readonly title: string
  readonly gate: SubmittedGate
  readonly field: string
  /** Part of the message. */
  readonly says: string
}

/** A gate with this spec, which is refused for the field. */
export function refused(
  title: string,
  spec: Record<string, unknown>,
  field: string,
  says: string,
): InvalidGate {
  return { title, gate: gateWith(spec), field: `spec.${field}`, says }
}

/** A gate with this rule, which is refused for the rule's field. */
export function refusedRule(
  title: string,
  rule: Record<string, unknown>,
  field: string,
  says: string,
): InvalidGate {
  return refused(title, { metricRelabelings: [rule] }, `metricRelabelings[0].${field}`, says)
}
