import { messageOf } from '../errors.ts'
import type { ReloadStatus } from './context.ts'
import type { Gate } from './gate.ts'
import { outputPath } from './output-path.ts'
import type { ScrapeOutcome } from './scrape.ts'

/** Something that can be fetched, and what it is. */
export interface Endpoint {
  readonly path: string
  readonly what: string
}

/** What `/` shows, in any form. */
export interface Overview {
  readonly version: string
  /** The state in words, by what it is about. */
  readonly facts: readonly { readonly about: string; readonly state: string }[]
  readonly outputs: readonly Endpoint[]
  readonly tools: readonly Endpoint[]
}

const TOOLS: readonly Endpoint[] = [
  { path: '/source', what: "the application's own answer" },
  { path: '/analyze', what: 'series by metric and values by label, before the rules' },
  { path: '/analyze?format=json', what: 'the same as JSON' },
  { path: '/_metrics', what: 'metrics of this proxy itself' },
  { path: '/_health', what: 'whether it runs' },
  { path: '/_ready', what: 'whether it can serve' },
]

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function describeScrape(outcome: ScrapeOutcome | undefined): string {
  if (outcome === undefined) return 'none yet'
  const at = new Date(outcome.endedAtMs).toISOString()
  const { stats, error } = outcome
  if (error !== undefined) return `failed at ${at}: ${messageOf(error)}`
  if (stats === undefined) throw new Error('BUG: a scrape that succeeded has no counts')
  const cut = stats.truncatedInput || stats.main.truncatedOutput ? ', cut at a limit' : ''
  return (
    `at ${at} in ${Math.round(outcome.durationMs)} ms: ${counted(stats.samplesIn, 'sample')} (${stats.bytesIn} bytes) in, ` +
    `${counted(stats.main.samplesOut, 'sample')} (${stats.main.bytesOut} bytes) out${cut}`
  )
}

function describeReload({ loadedAtMs, problem }: ReloadStatus): string {
  const loaded = loadedAtMs === undefined ? 'none yet' : `read at ${new Date(loadedAtMs).toISOString()}`
  if (problem === undefined) return loaded
  return loadedAtMs === undefined ? problem : `${loaded}; a newer one is refused: ${problem}`
}

function describeOutputs(gate: Gate | undefined): Endpoint[] {
  if (gate === undefined) return [{ path: '/metrics', what: 'answers 503 until there is a configuration' }]
  const { main, subsets } = gate.config.rules
  return [
    { path: outputPath(''), what: `the application's metrics after ${counted(main.length, 'rule')}` },
    ...subsets.map(({ name, rules }) => ({
      path: outputPath(name),
      what: `subset ${name}, after ${counted(rules.length, 'rule')}`,
    })),
  ]
}

/** Gathers what there is to know about a proxy at a glance. */
export function overviewOf(
  version: string,
  gate: Gate | undefined,
  reload: ReloadStatus,
  lastScrape: ScrapeOutcome | undefined,
): Overview {
  return {
    version,
    facts: [
      { about: 'application', state: gate?.upstream.url ?? 'unknown without a configuration' },
      { about: 'configuration', state: describeReload(reload) },
      { about: 'last scrape', state: describeScrape(lastScrape) },
      ...(gate?.warnings ?? []).map(state => ({ about: 'warning', state })),
    ],
    outputs: describeOutputs(gate),
    tools: TOOLS,
  }
}
