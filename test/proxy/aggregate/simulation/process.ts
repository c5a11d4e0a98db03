import type { ExpositionFormat } from '../../../../proxy/exposition/format.ts'

/** How an application exposes itself. */
export interface ProcessKind {
  readonly format: ExpositionFormat
  /** Whether it has `process_start_time_seconds`. */
  readonly tellsStart: boolean
  /** Whether its counters have `_created`; in OpenMetrics only. */
  readonly tellsCreated: boolean
}

/** A counter of a process, from its creation to its end. */
export interface Child {
  readonly metric: 'requests_total' | 'latency_bucket' | 'latency_sum' | 'latency_count'
  readonly path: string
  /** Bound of a bucket, '' for other metrics. */
  readonly le: string
  readonly createdMs: number
  value: number
  /** What it has counted since it was last accounted for. */
  unaccounted: number
  /** For how many more scrapes it is not exposed although it goes on counting. */
  mutedScrapes: number
}

const BOUNDS = ['1', '5', '+Inf']

/** A process that counts. It knows what it has counted, whether somebody scrapes it or not. */
export class SimulatedProcess {
  readonly kind: ProcessKind
  readonly startMs: number
  /** What its clock says when it started, in seconds since the epoch. */
  readonly startSeconds: number
  readonly #children = new Map<string, Child>()
  queue = 0

  /** `skewMs`: how far its clock is ahead. */
  constructor(kind: ProcessKind, startMs: number, skewMs: number) {
    this.kind = kind
    this.startMs = startMs
    this.startSeconds = (startMs + skewMs) / 1000
  }

  get children(): readonly Child[] {
    return [...this.#children.values()]
  }

  /** Counts a request with this latency, which brings a path that is new. */
  serve(path: string, latency: number, nowMs: number): void {
    this.#count('requests_total', path, '', 1, nowMs)
    for (const le of BOUNDS) this.#count('latency_bucket', path, le, latency <= toNumber(le) ? 1 : 0, nowMs)
    this.#count('latency_sum', path, '', latency, nowMs)
    this.#count('latency_count', path, '', 1, nowMs)
    this.queue = (this.queue + latency) % 7
  }

  /** Deletes all counters of a path, as applications do with what they no longer need. */
  removePath(path: string): Child[] {
    const removed = this.children.filter(child => child.path === path)
    for (const [key, child] of this.#children) if (child.path === path) this.#children.delete(key)
    return removed
  }

  /** All counters are exposed again. */
  unmute(): void {
    for (const child of this.#children.values()) child.mutedScrapes = 0
  }

  /** Its exposition, and the counters that are in it. */
  expose(): { text: string; exposed: readonly Child[] } {
    const exposed = this.children.filter(({ mutedScrapes }) => mutedScrapes === 0)
    for (const child of this.#children.values()) child.mutedScrapes = Math.max(0, child.mutedScrapes - 1)
    const isOpenMetrics = this.kind.format === 'openmetrics'
    const lines = ['# TYPE queue gauge', `queue ${this.queue}`]
    lines.push(`# TYPE ${isOpenMetrics ? 'requests' : 'requests_total'} counter`)
    for (const child of exposed.filter(({ metric }) => metric === 'requests_total')) {
      lines.push(`requests_total{path="${child.path}"} ${child.value}`)
      const hasCreated = isOpenMetrics && this.kind.tellsCreated
      if (hasCreated) lines.push(`requests_created{path="${child.path}"} ${child.createdMs / 1000}`)
    }
    // The start of the process stands amid the counters, where exporters put it too.
    if (this.kind.tellsStart) {
      lines.push('# TYPE process_start_time_seconds gauge', `process_start_time_seconds ${this.startSeconds}`)
    }
    lines.push('# TYPE latency histogram')
    for (const child of exposed.filter(({ metric }) => metric !== 'requests_total')) {
      const le = child.le === '' ? '' : `,le="${isOpenMetrics ? openMetricsBound(child.le) : child.le}"`
      lines.push(`${child.metric}{path="${child.path}"${le}} ${child.value}`)
    }
    if (isOpenMetrics) lines.push('# EOF')
    return { text: `${lines.join('\n')}\n`, exposed }
  }

  #count(metric: Child['metric'], path: string, le: string, by: number, nowMs: number): void {
    const key = `${metric} ${path} ${le}`
    const child = this.#children.get(key) ?? {
      metric,
      path,
      le,
      createdMs: nowMs,
      value: 0,
      unaccounted: 0,
      mutedScrapes: 0,
    }
    child.value += by
    child.unaccounted += by
    this.#children.set(key, child)
  }
}

function toNumber(le: string): number {
  return le === '+Inf' ? Infinity : Number(le)
}

function openMetricsBound(le: string): string {
  return le === '+Inf' ? le : `${le}.0`
}

/** The series of the output to which a counter goes when `path` is dropped from all labels. */
export function outputSeriesOf({ metric, le }: Child): string {
  if (le === '') return metric
  return `${metric}{le="${openMetricsBound(le)}"}`
}
