import type { ConditionState } from '../api/conditions.ts'
import type { ApiError } from '../kubernetes/api-error.ts'
import type { FoundScrapers, Scraper } from './find.ts'
import { SCRAPERS_NAMED_MAX } from './limits.ts'

/** Says whether something scrapes the gate's pods past the gate. It is no part of the gate's readiness. */
export const DIRECT_SCRAPE_CONDITION = 'DirectScrape'

/** What else the condition depends on. */
export interface ReportContext {
  /** The gate's own monitor scrapes its proxies, so that pods which are scraped by annotation as well are scraped twice. */
  readonly hasMonitor: boolean
  /** Why pods could not be read. */
  readonly failure?: ApiError | undefined
}

/** The condition DirectScrape. Pure. */
export function directScrapeCondition(
  found: FoundScrapers,
  { hasMonitor, failure }: ReportContext,
): ConditionState {
  const type = DIRECT_SCRAPE_CONDITION
  const { direct, undecided, throughGate } = found
  if (direct.length > 0) {
    return { type, status: 'True', reason: reasonOf(direct), message: directMessage(direct) }
  }
  if (undecided.length > 0) {
    const message =
      `${listOf(undecided)} may scrape the gate's pods past the gate: ` +
      `which number a named port has in the pods is not known${failure === undefined ? '' : `: ${failure.message}`}`
    const reason = failure?.isRefusal === true ? 'Forbidden' : 'PortUnknown'
    return { type, status: 'Unknown', reason, message }
  }
  if (hasMonitor && throughGate.length > 0) {
    const message =
      `nothing scrapes past the gate, but the gate's pods are scraped twice: by the gate's monitor and, if a Prometheus follows ` +
      `them, for the annotations of ${listOf(throughGate)}. Remove prometheus.io/scrape, or set spec.monitor.enabled: false`
    return { type, status: 'False', reason: 'ScrapedTwice', message }
  }
  return {
    type,
    status: 'False',
    reason: 'NoneFound',
    message: "nothing scrapes the gate's pods past the gate",
  }
}

/** What to do about it, and with what. */
function directMessage(direct: readonly Scraper[]): string {
  const ifFollowed = direct.every(({ kind }) => kind === 'Annotation')
    ? ', if a Prometheus follows the annotation prometheus.io/scrape'
    : ''
  return (
    `${listOf(direct)} scrape the gate's pods past the gate${ifFollowed}: what the gate leaves out arrives all the same. ` +
    'Remove them, or let them leave these pods out'
  )
}

function reasonOf(direct: readonly Scraper[]): string {
  const [kind, ...others] = new Set(direct.map(scraper => scraper.kind))
  return kind === undefined || others.length > 0 ? 'Several' : kind
}

function listOf(scrapers: readonly Scraper[]): string {
  const shown = scrapers.slice(0, SCRAPERS_NAMED_MAX).map(describe).join(', ')
  const more = scrapers.length - SCRAPERS_NAMED_MAX
  return more > 0 ? `${shown} and ${more} more` : shown
}

function describe({ kind, name, port, mayBeRelabelled }: Scraper): string {
  const what = kind === 'Annotation' ? `prometheus.io/scrape of ${name}` : name
  return `${what} (${port}${mayBeRelabelled ? ', unless its relabelings prevent it' : ''})`
}
