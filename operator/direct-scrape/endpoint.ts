import type { Target } from '../api/metricgate.ts'

/** A container port of a pod, by number or by name; undefined: every one of them. */
export type ScrapedPort = number | string | undefined

/** What a scraper asks of a pod. */
export interface ScrapeEndpoint {
  readonly port: ScrapedPort
  readonly path: string
  /** Parameters of the query, each with its values. */
  readonly params: Readonly<Record<string, readonly string[]>>
}

/** The path that Prometheus asks for unless it is told another one. */
export const DEFAULT_PATH = '/metrics'

/** Named container ports of a pod. */
export type NamedPorts = ReadonlyMap<string, number>

/** Whether a scraper gets at what the gate reads; `depends`: the pod's named ports would tell. */
export type Reach = 'yes' | 'no' | 'depends'

/** The targets of which the endpoint gets the metrics, if it asks the right port: same path, and the query that the gate sends. */
export function sameMetrics<T extends Pick<Target, 'path'>>(
  { path, params }: Pick<ScrapeEndpoint, 'path' | 'params'>,
  targets: readonly T[],
): T[] {
  return targets.filter(target => {
    const [ownPath, query] = splitQuery(target.path)
    return path === ownPath && [...query].every(([name, value]) => valuesOf(params, name).includes(value))
  })
}

/**
 * Is `port` the port of one of the targets? A name and a number can be compared only by what the pod's names stand for; two names
 * are compared as names, so that the answer does not depend on whether the pod has been read.
 */
export function reachOf(
  port: ScrapedPort,
  targets: readonly Pick<Target, 'port'>[],
  namedPorts?: NamedPorts,
): Reach {
  if (targets.length === 0) return 'no'
  if (port === undefined || targets.some(target => target.port === port)) return 'yes'
  const others = targets.filter(target => typeof target.port !== typeof port)
  if (others.length === 0) return 'no'
  if (namedPorts === undefined) return 'depends'
  const number = (of: number | string): number | undefined =>
    typeof of === 'number' ? of : namedPorts.get(of)
  const asked = number(port)
  return asked !== undefined && others.some(target => number(target.port) === asked) ? 'yes' : 'no'
}

function valuesOf(params: ScrapeEndpoint['params'], name: string): readonly string[] {
  return Object.hasOwn(params, name) ? (params[name] ?? []) : []
}

function splitQuery(path: string): readonly [path: string, query: URLSearchParams] {
  const mark = path.indexOf('?')
  return mark < 0
    ? [path, new URLSearchParams()]
    : [path.slice(0, mark), new URLSearchParams(path.slice(mark + 1))]
}
