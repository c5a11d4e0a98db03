import {
  type AggregationSettings,
  Aggregator,
  type AggregatorParts,
  type Round,
  type RoundStats,
} from '../../../proxy/aggregate/aggregator.ts'
import { DEFAULT_AGGREGATION } from '../../../proxy/aggregate/settings.ts'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { compileProgram, type Program } from '../../../proxy/gate/program.ts'
import type { ScrapeLimits } from '../../../proxy/gate/scrape-limits.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'
import { type ReadOutput, readOutput } from './read-output.ts'

/** What a target answers: the lines of its exposition, or nothing. In OpenMetrics when they end so. */
export type Answer = readonly string[] | 'no answer'

/** What a round came to. */
export interface Outcome extends ReadOutput {
  readonly format: ExpositionFormat
  readonly subsets: Readonly<Record<string, string>>
  readonly stats: RoundStats
}

/** An aggregator in a test. */
export interface AggregatorOptions extends Partial<AggregationSettings>, Partial<ScrapeLimits> {
  readonly parts?: Partial<AggregatorParts>
  readonly rules?: readonly object[]
  readonly subsets?: Readonly<Record<string, readonly object[]>>
}

/** A time for tests, in milliseconds since the epoch: that of the first round. */
export const START_MS = 1_700_000_000_000
/** The time between rounds, unless a test says another. */
export const INTERVAL_MS = 15_000

/** An aggregator whose rounds a test writes down. */
export class Rounds {
  readonly aggregator: Aggregator
  #nowMs = START_MS - INTERVAL_MS

  constructor(options: AggregatorOptions = {}) {
    const {
      parts = {},
      rules = [],
      subsets = {},
      inputBytesMax = 0,
      outputBytesMax = 0,
      onLimit = 'fail',
      ...settings
    } = options
    const limits = { inputBytesMax, outputBytesMax, onLimit }
    this.aggregator = new Aggregator(
      compile(rules, subsets),
      { ...DEFAULT_AGGREGATION, ...settings },
      limits,
      parts,
    )
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** One round over these targets, some time after the one before. Throws what its end throws. */
  round(targets: Readonly<Record<string, Answer>>, afterMs = INTERVAL_MS, appendix?: string): Outcome {
    return this.exchange(Object.keys(targets), round => answer(round, targets), afterMs, appendix)
  }

  /** The same with scrapes that a test makes itself. */
  exchange(
    targets: readonly string[],
    scrape: (round: Round) => void,
    afterMs = INTERVAL_MS,
    appendix?: string,
  ): Outcome {
    this.#nowMs += afterMs
    const round = this.aggregator.beginRound(targets, this.#nowMs)
    scrape(round)
    const { main, format, subsets, stats } = round.finish(appendix)
    const texts = [...subsets].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])
    return { ...readOutput(main, format), format, subsets: Object.fromEntries(texts), stats }
  }
}

function answer(round: Round, targets: Readonly<Record<string, Answer>>): void {
  for (const [target, lines] of Object.entries(targets)) {
    if (lines === 'no answer') round.fail(target)
    else {
      const scrape = round.open(target, lines.at(-1) === '# EOF' ? 'openmetrics' : 'text')
      scrape.push(Buffer.from(lines.map(line => `${line}\n`).join('')))
      scrape.finish()
    }
  }
}

function compile(main: readonly object[], subsets: Readonly<Record<string, readonly object[]>>): Program {
  const parse = (rules: readonly object[]) => parseRelabelConfigs(rules, 'metric_relabel_configs')
  const outputs = Object.entries(subsets).map(([name, rules]) => ({ name, rules: parse(rules) }))
  return compileProgram({ main: parse(main), subsets: outputs })
}
