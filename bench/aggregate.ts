import { Aggregator } from '../proxy/aggregate/aggregator.ts'
import { DEFAULT_AGGREGATION } from '../proxy/aggregate/settings.ts'
import { compileProgram } from '../proxy/gate/program.ts'
import { parseRelabelConfigs } from '../proxy/relabel/config.ts'
import { expositionsOf, type Fleet } from './fleets.ts'
import { chunksOf, cpuMsOf } from './measure.ts'
import { median } from './statistics.ts'

const ROUND_INTERVAL_MS = 15_000
const START_MS = 1_700_000_000_000
/** The first rounds after that in which all is new still compile. */
const WARM_UP_ROUNDS = 2

/** What a round of an aggregator costs, for bytes that are in memory already: CPU milliseconds. */
export interface FleetResult {
  readonly name: string
  readonly description: string
  readonly targets: number
  /** Pairs of a target and a series of it. */
  readonly pairs: number
  /** The round in which all series are new. */
  readonly firstMs: number
  /** A later one: reading the expositions, and what follows when all have come, to the end of the output. */
  readonly collectMs: number
  readonly finishMs: number
  /** Memory that the aggregator holds between rounds, by its own count, in bytes. */
  readonly heldBytes: number
  readonly outputBytes: number
}

interface RoundCosts {
  readonly collectMs: number
  readonly finishMs: number
  readonly samples: number
  readonly outputBytes: number
}

/** Runs one round over expositions that are all there. */
function measureRound(aggregator: Aggregator, fleet: Fleet, number: number): RoundCosts {
  const addresses = Array.from({ length: fleet.targets }, (_, target) => `target-${target}`)
  const round = aggregator.beginRound(addresses, START_MS + number * ROUND_INTERVAL_MS)
  let collectMs = 0
  let samples = 0
  let target = 0
  for (const exposition of expositionsOf(fleet, number)) {
    const scrape = round.open(`target-${target++}`, 'text')
    collectMs += cpuMsOf(() => {
      for (const chunk of chunksOf(exposition)) scrape.push(chunk)
      scrape.finish()
    })
    samples += scrape.stats.samplesIn
  }
  let outputBytes = 0
  const finishMs = cpuMsOf(() => {
    for (const slice of round.finish().main) outputBytes += slice.length
  })
  return { collectMs, finishMs, samples, outputBytes }
}

/** Measures a fleet: one round that finds everything new, and so many with other values of the same series. */
export function measureFleet(fleet: Fleet, rounds: number, rules: readonly unknown[]): FleetResult {
  const program = compileProgram({ main: parseRelabelConfigs(rules, 'rules'), subsets: [] })
  const limits = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' } as const
  const aggregator = new Aggregator(program, DEFAULT_AGGREGATION, limits)
  const first = measureRound(aggregator, fleet, 0)
  const later: RoundCosts[] = []
  for (let number = 1; number <= WARM_UP_ROUNDS + rounds; number++) {
    const costs = measureRound(aggregator, fleet, number)
    if (number > WARM_UP_ROUNDS) later.push(costs)
  }
  return {
    name: fleet.name,
    description: fleet.description,
    targets: fleet.targets,
    pairs: first.samples,
    firstMs: first.collectMs + first.finishMs,
    collectMs: median(later.map(({ collectMs }) => collectMs)),
    finishMs: median(later.map(({ finishMs }) => finishMs)),
    heldBytes: aggregator.heldBytes,
    outputBytes: later.at(-1)?.outputBytes ?? 0,
  }
}
