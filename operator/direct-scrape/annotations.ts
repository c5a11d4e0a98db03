import { DEFAULT_PATH, type ScrapeEndpoint } from './endpoint.ts'

const PREFIX = 'prometheus.io/'
const SCRAPE = `${PREFIX}scrape`
const PORT = `${PREFIX}port`
const PATH = `${PREFIX}path`
const PARAM_PREFIX = `${PREFIX}param_`

type Annotations = Readonly<Record<string, string>>

/** The annotations by which a pod or Service asks to be scraped; none when it does not. */
export function scrapeAnnotations(annotations: Annotations): Record<string, string> {
  if (annotations[SCRAPE] !== 'true') return {}
  return Object.fromEntries(
    Object.entries(annotations).filter(
      ([key]) => key === SCRAPE || key === PORT || key === PATH || key.startsWith(PARAM_PREFIX),
    ),
  )
}

/**
 * What the usual jobs ask of a pod for its annotations, or for those of its Service (`kubernetes-pods` and
 * `kubernetes-service-endpoints` of Prometheus' `documentation/examples/prometheus-kubernetes.yml`); undefined when it is not to
 * be scraped. A port that is no number is not looked at: every port of the pod is scraped then.
 */
export function annotatedEndpoint(annotations: Annotations): ScrapeEndpoint | undefined {
  if (annotations[SCRAPE] !== 'true') return undefined
  const port = annotations[PORT] ?? ''
  const params = Object.entries(annotations)
    .filter(([key]) => key.startsWith(PARAM_PREFIX))
    .map(([key, value]) => [key.slice(PARAM_PREFIX.length), [value]] as const)
  return {
    port: /^\d+$/.test(port) ? Number(port) : undefined,
    path: annotations[PATH] || DEFAULT_PATH,
    params: Object.fromEntries(params),
  }
}
