import { printUpstreams } from '../config/upstream-url.ts'
import { messageOf } from '../errors.ts'
import type { ReloadStatus } from './context.ts'
import type { Gate } from './gate.ts'
import { outputPath } from './output-path.ts'
import type { RoundReport, TargetOutcome } from './rounds/round-report.ts'
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
  { path: '/_policies', what: 'policies and where they come from' },
  { path: '/_metrics', what: 'metrics of this proxy itself' },
  { path: '/_health', what: 'whether it runs' },
  { path: '/_ready', what: 'whether it can serve' },
]

/** How many targets the page shows. */
const TARGETS_SHOWN_MAX = 100

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

function describeTarget({ durationMs, samples, error }: TargetOutcome): string {
  const took = `${Math.round(durationMs)} ms`
  return error === undefined
    ? `up: ${counted(samples, 'sample')} in ${took}`
    : `down after ${took}: ${messageOf(error)}`
}

/** The targets of the last round; those that are down come first, should there be more than a page can show. */
function describeRound(round: RoundReport | undefined): Overview['facts'] {
  if (round === undefined) return []
  const down = round.targets.filter(({ error }) => error !== undefined)
  const up = round.targets.filter(({ error }) => error === undefined)
  const shown = [...down, ...up].slice(0, TARGETS_SHOWN_MAX)
  const more = round.targets.length - shown.length
  return [
    { about: 'targets', state: `${up.length} of ${round.targets.length} are up` },
    ...round.resolution.problems.map(state => ({ about: 'discovery', state })),
    ...shown.map(target => ({ about: target.id, state: describeTarget(target) })),
    ...(more > 0 ? [{ about: '…', state: `and ${more} more` }] : []),
  ]
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
  lastRound: RoundReport | undefined,
): Overview {
  return {
    version,
    facts: [
      {
        about: 'application',
        state: gate === undefined ? 'unknown without a configuration' : printUpstreams(gate.config),
      },
      { about: 'configuration', state: describeReload(reload) },
      { about: 'last scrape', state: describeScrape(lastScrape) },
      ...describeRound(lastRound),
      ...(gate?.warnings ?? []).map(state => ({ about: 'warning', state })),
    ],
    outputs: describeOutputs(gate),
    tools: TOOLS,
  }
}
