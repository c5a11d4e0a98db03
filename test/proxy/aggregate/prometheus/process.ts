/** How a process counts, and what it tells. */
export interface ProcessTraits {
  readonly perSecond: number
  /** Requests that it works off in the moment in which it starts: a value to lose with a reset that is not seen. */
  readonly backlog?: number
  readonly inFlight: number
  /** Whether it has `process_start_time_seconds`. */
  readonly tellsStart: boolean
}

/** Latencies of the requests of one turn, in seconds, over and over. */
const TURN = [0.02, 0.02, 0.04, 0.04, 0.04, 0.2, 0.2, 0.2, 0.7, 3]
const BOUNDS = [0.025, 0.1, 0.5, 1, 5]

/** Seconds that a request takes in the mean. */
export const MEAN_LATENCY = sum(TURN) / TURN.length

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/**
 * A process that counts requests by the clock: what it has counted is a function of time, so that it is known what every
 * scrape should have found. It counts whole turns: at any time all its buckets stand in the same proportions, and a quantile
 * does not depend on when somebody looks.
 */
export class CountingProcess {
  readonly traits: ProcessTraits
  readonly startedAtMs: number
  /** When it ended; infinite while it runs. */
  endedAtMs = Number.POSITIVE_INFINITY

  constructor(traits: ProcessTraits, startedAtMs: number) {
    this.traits = traits
    this.startedAtMs = startedAtMs
  }

  /** Requests until then; milliseconds since 1970. */
  countedAt(atMs: number): number {
    if (atMs < this.startedAtMs) return 0
    const ranMs = Math.min(atMs, this.endedAtMs) - this.startedAtMs
    return TURN.length * Math.floor(this.#requests(ranMs) / TURN.length)
  }

  /** Its exposition, as Prometheus text. */
  expose(nowMs: number): string {
    const requests = this.countedAt(nowMs)
    const turns = requests / TURN.length
    const bucket = (le: string, perTurn: number) => `latency_seconds_bucket{le="${le}"} ${perTurn * turns}`
    const { inFlight, tellsStart } = this.traits
    return [
      '# TYPE requests_total counter',
      `requests_total ${requests}`,
      '# TYPE in_flight gauge',
      `in_flight ${inFlight}`,
      '# TYPE latency_seconds histogram',
      ...BOUNDS.map(bound => bucket(String(bound), TURN.filter(latency => latency <= bound).length)),
      bucket('+Inf', TURN.length),
      `latency_seconds_sum ${sum(TURN) * turns}`,
      `latency_seconds_count ${requests}`,
      ...(tellsStart ? [`process_start_time_seconds ${this.startedAtMs / 1000}`] : []),
      '',
    ].join('\n')
  }

  #requests(ranMs: number): number {
    const { perSecond, backlog = 0 } = this.traits
    return backlog + (perSecond * ranMs) / 1000
  }
}
