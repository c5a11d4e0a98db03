import { RoundFailedError } from '../../aggregate/errors.ts'
import { messageOf } from '../../errors.ts'
import { NotReadyError } from '../errors.ts'
import type { TargetOutcome } from './round-report.ts'

/** How many targets an error names. */
const NAMED_MAX = 3

/** Why a round has no output, for whoever asked for it: 503 with what is known of DNS and of the targets. */
export function roundFailure(
  error: unknown,
  targets: readonly TargetOutcome[],
  problems: readonly string[],
): unknown {
  if (!(error instanceof RoundFailedError)) return error
  if (targets.length === 0) return new NotReadyError(`there are no targets: ${problems.join('; ')}`)
  const failed = targets.filter(target => target.error !== undefined)
  const reasons = failed.slice(0, NAMED_MAX).map(target => messageOf(target.error))
  const others = failed.length - reasons.length
  return new NotReadyError(
    `${failed.length} of ${targets.length} targets failed: ${reasons.join('; ')}${others > 0 ? `; and ${others} more` : ''}`,
  )
}
