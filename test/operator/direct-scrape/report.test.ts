import { describe, expect, test } from '@jest/globals'
import type { FoundScrapers, Scraper } from '../../../operator/direct-scrape/find.ts'
import { directScrapeCondition, type ReportContext } from '../../../operator/direct-scrape/report.ts'
import { ApiError } from '../../../operator/kubernetes/api-error.ts'

const NOTHING: FoundScrapers = { direct: [], undecided: [], throughGate: [], unknownPods: [] }

function scraper(kind: Scraper['kind'], name: string, mayBeRelabelled = false): Scraper {
  return { kind, name, port: 'port http', mayBeRelabelled }
}
const monitor = scraper('ServiceMonitor', 'ServiceMonitor monitoring/web')
const annotation = scraper('Annotation', 'Service web')

function report(found: Partial<FoundScrapers>, context: Partial<ReportContext> = {}) {
  const { status, reason, message } = directScrapeCondition(
    { ...NOTHING, ...found },
    { hasMonitor: true, ...context },
  )
  return { state: `${status} ${reason}`, message }
}

test.each<{ of: string; found: Partial<FoundScrapers>; state: string }>([
  { of: 'nothing', found: {}, state: 'False NoneFound' },
  { of: 'a ServiceMonitor', found: { direct: [monitor] }, state: 'True ServiceMonitor' },
  {
    of: 'two of them',
    found: { direct: [monitor, { ...monitor, name: 'x' }] },
    state: 'True ServiceMonitor',
  },
  { of: 'an annotation', found: { direct: [annotation] }, state: 'True Annotation' },
  { of: 'both', found: { direct: [monitor, annotation] }, state: 'True Several' },
  { of: 'what may be one', found: { undecided: [monitor] }, state: 'Unknown PortUnknown' },
  {
    of: 'one, and what may be',
    found: { direct: [annotation], undecided: [monitor] },
    state: 'True Annotation',
  },
  {
    of: 'an annotation that leads to the sidecar',
    found: { throughGate: [annotation] },
    state: 'False ScrapedTwice',
  },
])('$of: $state', ({ found, state }) => {
  expect(report(found).state).toBe(state)
})

test('an annotation that leads to the sidecar is all that scrapes the gate if it has no monitor', () => {
  expect(report({ throughGate: [annotation] }, { hasMonitor: false }).state).toBe('False NoneFound')
})

describe('the message', () => {
  test('names what scrapes, and its port', () => {
    expect(report({ direct: [monitor, annotation] }).message).toMatch(
      /^ServiceMonitor monitoring\/web \(port http\), prometheus\.io\/scrape of Service web \(port http\) scrape /,
    )
  })

  test('says that annotations matter only to a Prometheus that follows them', () => {
    expect(report({ direct: [annotation] }).message).toContain('if a Prometheus follows')
    expect(report({ direct: [monitor, annotation] }).message).not.toContain('if a Prometheus follows')
  })

  test('says that relabelings may prevent it', () => {
    const relabels = scraper('PodMonitor', 'PodMonitor default/web', true)
    expect(report({ direct: [relabels] }).message).toContain('(port http, unless its relabelings prevent it)')
  })

  test('names five, and counts the others', () => {
    const direct = Array.from({ length: 7 }, (_, index) => ({ ...monitor, name: `monitor-${index}` }))
    expect(report({ direct }).message).toContain('monitor-4 (port http) and 2 more')
  })

  test('says why pods could not be read', () => {
    const failure = new ApiError('E_API_STATUS', 'GET pod: 403 Forbidden', {
      response: { status: 403, reason: 'Forbidden', causes: [] },
    })
    const { state, message } = report({ undecided: [monitor] }, { failure })
    expect(state).toBe('Unknown Forbidden')
    expect(message).toContain('is not known: GET pod: 403 Forbidden')
  })
})
