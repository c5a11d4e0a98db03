import { LINE_PREVIEW_CHARACTERS } from '../limits.ts'

/** A target's exposition that must not be aggregated, since a part of it would look like fewer series. */
export class MalformedTargetError extends Error {
  readonly code = 'E_MALFORMED_TARGET'
  override readonly name = 'MalformedTargetError'
}

/** A line that does not parse, given as text. */
export function malformedLine(text: string, reason: string): MalformedTargetError {
  const preview = JSON.stringify(text.trimEnd().slice(0, LINE_PREVIEW_CHARACTERS))
  return new MalformedTargetError(`malformed line ${preview}: ${reason}`)
}

/** An exposition in OpenMetrics that stopped before its end. */
export function missingEnd(): MalformedTargetError {
  return new MalformedTargetError('the exposition has no end: # EOF is missing')
}

/** Why a round has no output. */
export type RoundFailure = 'E_NO_TARGETS' | 'E_ALL_TARGETS_FAILED' | 'E_TARGET_FAILED'

/** A round whose output must not be served. What the targets that answered have counted is not lost: a later round has it. */
export class RoundFailedError extends Error {
  override readonly name = 'RoundFailedError'
  readonly code: RoundFailure

  constructor(code: RoundFailure, message: string) {
    super(message)
    this.code = code
  }
}
