import { type Address, countedAt, doubtIn } from './doubt.ts'
import type { Fleet } from './fleet.ts'
import { type Point, type Prometheus, SCRAPE_INTERVAL_MS, type Series, type Span } from './prometheus.ts'
import type { Story } from './story.ts'

/** Two values that should agree, and by how much they may differ. */
export interface Pair {
  readonly atMs: number
  readonly left: number
  readonly right: number
  readonly tolerance: number
}

/** Whether two values differ by more than they may. NaN agrees with nothing. */
export function disagrees({ left, right, tolerance }: Pair): boolean {
  return !(Math.abs(left - right) <= tolerance)
}

/** The pair whose difference is the largest part of what it may be, or the most beyond it. */
export function worstOf(pairs: readonly Pair[]): Pair {
  const excess = ({ left, right, tolerance }: Pair) => Math.abs(left - right) / tolerance
  return pairs.reduce((worst, pair) => (excess(pair) > excess(worst) ? pair : worst))
}

/** What Prometheus has recorded of a story, and what the processes know of it. */
export class Comparison {
  readonly #prometheus: Prometheus
  readonly #story: Story
  readonly #addresses: readonly Address[]
  readonly #lateMs: number

  private constructor(prometheus: Prometheus, story: Story, addresses: readonly Address[], lateMs: number) {
    this.#prometheus = prometheus
    this.#story = story
    this.#addresses = addresses
    this.#lateMs = lateMs
  }

  /** @param nowMs when all has been scraped, in milliseconds since 1970 */
  static async of(fleet: Fleet, prometheus: Prometheus, story: Story, nowMs: number): Promise<Comparison> {
    const backMs = Math.ceil(nowMs - story.span.fromMs + 2 * SCRAPE_INTERVAL_MS)
    const successes = async (samples: string, label: string) =>
      readingsBy(label, await prometheus.query(`${samples}[${backMs}ms]`, nowMs))
    const direct = await successes('up{job="direct"}', 'instance')
    const aggregate = await successes('metricgate_target_up{job="aggregate"}', 'target')
    const targets = [...new Set(fleet.members.map(({ target }) => target))]
    const addresses = targets.map(address => ({
      processes: fleet.members.filter(({ target }) => target === address).map(({ process }) => process),
      readings: [direct.get(address) ?? [], aggregate.get(address) ?? []],
    }))
    const durations = 'scrape_duration_seconds{job=~"direct|aggregate"} and up == 1'
    const [longest] = await prometheus.query(
      `max(max_over_time((${durations})[${backMs}ms:${SCRAPE_INTERVAL_MS}ms]))`,
      nowMs,
    )
    return new Comparison(prometheus, story, addresses, (longest?.points[0]?.value ?? Infinity) * 1000)
  }

  /** What the processes have counted over the span of the story. */
  get counted(): number {
    const { fromMs, toMs } = this.#story.span
    return this.#addresses.reduce(
      (sum, address) => sum + countedAt(address, toMs) - countedAt(address, fromMs),
      0,
    )
  }

  /** By how many requests what readers say of the whole span may differ, and from what was counted. */
  get doubt(): number {
    return doubtIn(this.#story.span, this.#addresses, this.#lateMs)
  }

  /**
   * Rates by two expressions, at each second of the story that has a whole window before it.
   * @param perRequest what a request adds to the counter
   */
  async rates(left: string, right: string, windowMs: number, perRequest: number): Promise<Pair[]> {
    const pairs = await this.pairs(left, right, windowMs)
    return pairs.map(pair => {
      const window = { fromMs: pair.atMs - windowMs, toMs: pair.atMs }
      const doubt = doubtIn(window, this.#addresses, this.#lateMs)
      return { ...pair, tolerance: (doubt * perRequest) / (windowMs / 1000) }
    })
  }

  /** The values of two expressions at the same times; they have to be equal but for a rounding error. */
  async pairs(left: string, right: string, windowMs: number): Promise<Pair[]> {
    const { fromMs, toMs } = this.#story.span
    const span = { fromMs: fromMs + windowMs, toMs }
    const lefts = await this.#only(left, span)
    const rights = await this.#only(right, span)
    if (lefts.length !== rights.length)
      throw new Error(`${left} has gaps that ${right} has not, or the other way`)
    return lefts.map(({ atMs, value }, index) => {
      const other = rights[index]?.value ?? Number.NaN
      return { atMs, left: value, right: other, tolerance: 1e-9 * Math.abs(other) }
    })
  }

  /** What an expression that gives one series is at the end of the story. */
  async atEnd(expression: string): Promise<number> {
    const [series] = await this.#prometheus.query(expression, this.#story.span.toMs)
    if (series?.points[0] === undefined) throw new Error(`${expression} is nothing at the end of the story`)
    return series.points[0].value
  }

  async #only(expression: string, span: Span): Promise<readonly Point[]> {
    const [series, ...others] = await this.#prometheus.queryRange(expression, span)
    if (series === undefined || others.length > 0)
      throw new Error(`${expression}: ${others.length} other series`)
    return series.points
  }
}

/** When scrapes succeeded, by the target that a label names. */
function readingsBy(label: string, series: readonly Series[]): Map<string, number[]> {
  return new Map(
    series.map(({ labels, points }) => [
      labels[label] ?? '',
      points.filter(({ value }) => value === 1).map(({ atMs }) => atMs),
    ]),
  )
}
