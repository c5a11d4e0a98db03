/** One thing that is wrong with a gate. */
export interface FieldError {
  /** Path of the field: `spec.metricRelabelings[0].regex`. */
  readonly field: string
  /** What is wrong, and what would be right. */
  readonly message: string
}

/** All errors in one sentence, as a condition shows them. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
}
