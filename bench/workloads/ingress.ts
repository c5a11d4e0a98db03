import type { Random } from '../random.ts'
import {
  BYTES,
  counter,
  generation,
  histogram,
  type Moment,
  metadata,
  printGo,
  SECONDS,
  series,
} from './samples.ts'

const PREFIX = 'nginx_ingress_controller'
/** The pod that all series are of. */
export const INGRESS_POD = 'ingress-nginx-controller-7d6d8c4b9f-x2x7k'
const PATHS = 10
const METHODS = ['DELETE', 'GET', 'POST'] as const
const STATUSES = [
  '200',
  '201',
  '204',
  '301',
  '304',
  '400',
  '401',
  '403',
  '404',
  '499',
  '500',
  '502',
  '503',
] as const

const HISTOGRAMS = [
  { name: 'bytes_sent', bounds: BYTES, help: 'The number of bytes sent to a client' },
  {
    name: 'connect_duration_seconds',
    bounds: SECONDS,
    help: 'The time spent on establishing a connection with the upstream server',
  },
  {
    name: 'header_duration_seconds',
    bounds: SECONDS,
    help: 'The time spent on receiving first header from the upstream server',
  },
  { name: 'request_duration_seconds', bounds: SECONDS, help: 'The request processing time in milliseconds' },
  {
    name: 'request_size',
    bounds: BYTES,
    help: 'The request length (including request line, header, and request body)',
  },
  {
    name: 'response_duration_seconds',
    bounds: SECONDS,
    help: 'The time spent on receiving the response from the upstream server',
  },
] as const

/**
 * Metrics of an ingress controller: six histograms of twelve buckets and a counter by method and status, over
 * ingresses × 10 paths; 129 lines for each path. Labels are sorted and lines come as from Go's client library.
 */
export function* ingressLines(ingresses: number, random: Random, moment: Moment): Generator<string> {
  const [bytesSent, ...others] = HISTOGRAMS
  yield* histogramLines(bytesSent, ingresses, random, moment)
  for (const family of others) yield* histogramLines(family, ingresses, random, moment)
  const name = `${PREFIX}_requests`
  yield metadata(name, 'counter', 'The total number of client requests')
  for (let entity = 0; entity < ingresses * PATHS; entity++) {
    let lines = ''
    for (const method of METHODS) {
      for (const status of STATUSES) {
        lines += `${series(name, labels(entity, moment, method, status))}${printGo(counter(random, moment, 1e6))}\n`
      }
    }
    yield lines
  }
}

function* histogramLines(
  { name, bounds, help }: (typeof HISTOGRAMS)[number],
  ingresses: number,
  random: Random,
  moment: Moment,
): Generator<string> {
  yield metadata(`${PREFIX}_${name}`, 'histogram', help)
  for (let entity = 0; entity < ingresses * PATHS; entity++)
    yield histogram(`${PREFIX}_${name}`, labels(entity, moment, 'GET', '200'), bounds, random, moment)
}

function labels(entity: number, moment: Moment, method: string, status: string): string {
  const ingress = `shop-${String(Math.floor(entity / PATHS)).padStart(4, '0')}`
  const path = `/api/v1/resources/${entity % PATHS}${generation(moment, entity)}`
  return (
    `canary="",controller_class="k8s.io/ingress-nginx",controller_namespace="ingress-nginx",` +
    `controller_pod="${INGRESS_POD}",host="${ingress}.example.com",ingress="${ingress}",` +
    `method="${method}",namespace="${ingress}",path="${path}",service="${ingress}-backend",status="${status}"`
  )
}
