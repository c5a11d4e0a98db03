import type { CounterFunction } from '../../../../proxy/gate/merge/settings.ts'
import { type Answer, Rounds, START_MS } from '../rounds.ts'
import { Random } from '../simulation/random.ts'

/** What the picture shows: rates per second, as a panel in Prometheus would. */
export interface Trace {
  /** When each point is, in seconds since the first one. */
  readonly seconds: readonly number[]
  readonly truth: readonly number[]
  /** By what the aggregator does with counters. */
  readonly rates: Readonly<Record<CounterFunction, readonly number[]>>
  /** What happens, and when. */
  readonly events: readonly { readonly seconds: number; readonly text: string }[]
}

const INTERVAL_SECONDS = 15
const POINTS = 120
/** `rate(…[1m])`, in points. */
const WINDOW = 4
const REPLICAS = ['a', 'b', 'c', 'd']
/** For how long the first replicas have run already, in seconds. */
const UPTIME_SECONDS = 6 * 3600

interface Replica {
  requests: number
  startSeconds: number
}

/** What happens to which replica, by the point half an interval before which it happens. */
const RESTARTS: Readonly<Record<number, string>> = { 20: 'a', 24: 'b', 28: 'c', 32: 'd' }
const LATE: Readonly<Record<number, string>> = { 52: 'a', 53: 'a' }
const STARTS: Readonly<Record<number, string>> = { 74: 'e', 76: 'f' }
const STOPS: Readonly<Record<number, readonly string[]>> = { 96: ['b', 'c'] }

export const EVENTS: Trace['events'] = [
  { seconds: 20 * INTERVAL_SECONDS, text: 'four replicas restart, one by one' },
  { seconds: 52 * INTERVAL_SECONDS, text: 'one does not answer twice' },
  { seconds: 74 * INTERVAL_SECONDS, text: 'two more start' },
  { seconds: 96 * INTERVAL_SECONDS, text: 'two stop' },
]

/** Lets replicas live through half an hour, and aggregates them in both ways. */
export function trace(): Trace {
  const random = new Random(7)
  const replicas = new Map(REPLICAS.map(name => [name, startReplica(random, -UPTIME_SECONDS)]))
  const rounds = { increase: new Rounds({ counters: 'increase' }), sum: new Rounds({ counters: 'sum' }) }
  const outputs: Record<CounterFunction, number[]> = { increase: [], sum: [] }
  let requests = 0
  const counted: number[] = []
  for (let point = 0; point < POINTS; point++) {
    requests += serve(replicas, point, random)
    change(replicas, point)
    requests += serve(replicas, point, random)
    counted.push(requests)
    const answers: Record<string, Answer> = {}
    for (const [name, replica] of replicas)
      answers[name] = LATE[point] === name ? 'no answer' : expose(replica)
    for (const counters of ['increase', 'sum'] as const) {
      outputs[counters].push(rounds[counters].round(answers).values.get('http_requests_total') ?? Number.NaN)
    }
  }
  return {
    seconds: Array.from({ length: POINTS }, (_, point) => point * INTERVAL_SECONDS),
    truth: rate(counted),
    rates: { increase: rate(outputs.increase), sum: rate(outputs.sum) },
    events: EVENTS,
  }
}

/** All replicas together serve about 100 requests per second, in slow waves. How many it were in half an interval. */
function serve(replicas: ReadonlyMap<string, Replica>, point: number, random: Random): number {
  const perSecond = 100 + 15 * Math.sin(point / 12)
  let served = 0
  for (const replica of replicas.values()) {
    const share = (perSecond * INTERVAL_SECONDS) / 2 / replicas.size
    const requests = Math.round(share * (0.95 + 0.1 * random.next()))
    replica.requests += requests
    served += requests
  }
  return served
}

function change(replicas: Map<string, Replica>, point: number): void {
  const nowSeconds = (point - 0.5) * INTERVAL_SECONDS
  const begins = RESTARTS[point] ?? STARTS[point]
  if (begins !== undefined) replicas.set(begins, { requests: 0, startSeconds: nowSeconds })
  for (const name of STOPS[point] ?? []) replicas.delete(name)
}

function startReplica(random: Random, startSeconds: number): Replica {
  return { requests: Math.round(25 * UPTIME_SECONDS * (0.9 + 0.2 * random.next())), startSeconds }
}

function expose({ requests, startSeconds }: Replica): string[] {
  return [
    `process_start_time_seconds ${START_MS / 1000 + startSeconds}`,
    '# TYPE http_requests_total counter',
    `http_requests_total ${requests}`,
  ]
}

/** What Prometheus' rate makes of a counter: a fall is a reset, after which the whole value counts. */
function rate(values: readonly number[]): number[] {
  const increases = values.map((value, at) => {
    const before = values[at - 1] ?? value
    return value < before ? value : value - before
  })
  return increases.map((_, at) => {
    const window = increases.slice(Math.max(1, at - WINDOW + 1), at + 1)
    const sum = window.reduce((total, increase) => total + increase, 0)
    return window.length === 0 ? Number.NaN : sum / (window.length * INTERVAL_SECONDS)
  })
}
