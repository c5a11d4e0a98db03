import type { Logger } from 'pino'
import type { PolicyReport } from '../policy/report.ts'
import { NotReadyError } from './errors.ts'
import type { Gate } from './gate.ts'
import type { OwnMetrics } from './own-metrics.ts'
import type { RoundReport } from './rounds/round-report.ts'
import type { ScrapeContext, ScrapeOutcome } from './scrape.ts'

/** How the last attempt to read the configuration went. */
export interface ReloadStatus {
  /** Milliseconds since 1970, of the last time that a configuration was put to work. */
  readonly loadedAtMs: number | undefined
  /** Why there is no configuration, or why the newest is not the one at work. */
  readonly problem: string | undefined
}

/** What the routes work with. The gate changes when the configuration does. */
export interface ServerContext extends ScrapeContext {
  readonly version: string
  readonly log: Logger
  readonly metrics: OwnMetrics
  readonly gate: () => Gate | undefined
  readonly reload: () => ReloadStatus
  readonly policyReport: () => PolicyReport
  /** Whether the program is about to end. */
  readonly stopping: () => boolean
  readonly lastScrape: () => ScrapeOutcome | undefined
  readonly lastRound: () => RoundReport | undefined
}

/**
 * The gate that serves now.
 *
 * @throws {NotReadyError} with the reason if there is none
 */
export function requireGate(context: ServerContext): Gate {
  const gate = context.gate()
  if (gate === undefined)
    throw new NotReadyError(context.reload().problem ?? 'no configuration has been read yet')
  return gate
}
