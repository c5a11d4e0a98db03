import { UsageError } from '../config/flags.ts'
import { type ExpositionFormat, parseContentType } from '../exposition/format.ts'

/**
 * The format that `--content-type` names; text without it.
 *
 * @throws {UsageError} if it names none
 */
export function formatOf(contentType: string | undefined): ExpositionFormat {
  const type = parseContentType(contentType ?? 'text/plain; version=0.0.4')
  if (type !== undefined) return type.format
  throw new UsageError(
    `--content-type: expected text/plain or application/openmetrics-text (with their versions), got ${JSON.stringify(contentType)}`,
  )
}
