import { distinctPorts } from '../api/labels.ts'
import type { SidecarGate } from '../resources/sidecar.ts'

const SCRAPE = 'prometheus.io/scrape'
const PORT = 'prometheus.io/port'
const PATH = 'prometheus.io/path'
const SCHEME = 'prometheus.io/scheme'

type Annotations = Readonly<Record<string, string>>

/**
 * The annotations with those of the usual scrape configuration (`prometheus.io/scrape: "true"`) led to the sidecar. Pods
 * that are not scraped by annotation keep theirs, and so does everything else.
 */
export function leadScrapesTo(port: number, annotations: Annotations): Record<string, string> {
  if (annotations[SCRAPE] !== 'true') return { ...annotations }
  return {
    ...annotations,
    [PORT]: String(port),
    [PATH]: '/metrics',
    ...(annotations[SCHEME] !== undefined && { [SCHEME]: 'http' }),
  }
}

/** Says so when the annotations lead to something else than what the gate reads: it is not scraped any more. */
export function lostEndpoint(
  gate: SidecarGate,
  annotations: Annotations,
  namedPorts: ReadonlyMap<string, number>,
): string | undefined {
  const port = annotations[PORT]
  if (annotations[SCRAPE] !== 'true' || port === undefined) return undefined
  const read = distinctPorts(gate.spec?.targets ?? [])
    .map(target => (typeof target === 'number' ? target : namedPorts.get(target)))
    .filter(number => number !== undefined)
  if (read.length === 0 || read.map(String).includes(port)) return undefined
  const what = `port${read.length === 1 ? '' : 's'} ${read.join(', ')}`
  return `${PORT} was ${JSON.stringify(port)}, but MetricGate "${gate.metadata.name}" reads ${what}: now only that is scraped`
}
