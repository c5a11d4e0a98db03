import { MalformedTargetError } from '../aggregate/errors.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { ClientGoneError, NotReadyError, SlowClientError } from './errors.ts'

const CODED = [
  UpstreamError,
  LimitExceededError,
  MalformedTargetError,
  NotReadyError,
  ClientGoneError,
  SlowClientError,
] as const

/** The code of an error that can come of a scrape, as the label of a counter. */
export function errorCode(error: unknown): string {
  for (const kind of CODED) if (error instanceof kind) return error.code
  return 'E_INTERNAL'
}
