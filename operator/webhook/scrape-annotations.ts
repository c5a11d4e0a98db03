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
  const [target] = gate.spec?.targets ?? []
  if (annotations[SCRAPE] !== 'true' || port === undefined || target === undefined) return undefined
  const read = typeof target.port === 'number' ? target.port : namedPorts.get(target.port)
  if (read === undefined || port === String(read)) return undefined
  const { name } = gate.metadata
  return `${PORT} was ${JSON.stringify(port)}, but MetricGate "${name}" reads port ${read}: now only that is scraped`
}
