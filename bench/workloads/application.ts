import type { Random } from '../random.ts'
import {
  counter,
  gauge,
  generation,
  histogram,
  type Moment,
  metadata,
  printGo,
  SECONDS,
  series,
} from './samples.ts'

const RUNTIME_GAUGES = [
  'go_goroutines',
  'go_memstats_alloc_bytes',
  'go_memstats_heap_inuse_bytes',
  'go_threads',
  'process_open_fds',
  'process_resident_memory_bytes',
] as const

/** A small service: 20 lines for each of its paths, and a few about its runtime. */
export function* applicationLines(paths: number, random: Random, moment: Moment): Generator<string> {
  for (const name of RUNTIME_GAUGES) {
    yield metadata(name, 'gauge', `${name.replaceAll('_', ' ')}.`)
    yield `${series(name, '')}${printGo(Math.floor(gauge(random, moment, 1e8)))}\n`
  }
  const labelled = Array.from(
    { length: paths },
    (_, entity) => `method="GET",path="${pathOf(entity, moment)}"`,
  )

  yield metadata('http_request_duration_seconds', 'histogram', 'Time to answer a request.')
  for (const labels of labelled)
    yield histogram('http_request_duration_seconds', labels, SECONDS, random, moment)

  yield metadata('http_requests_in_flight', 'gauge', 'Requests that are being answered.')
  for (const labels of labelled)
    yield `${series('http_requests_in_flight', labels)}${printGo(Math.floor(gauge(random, moment, 50)))}\n`

  yield metadata('http_requests_total', 'counter', 'Requests answered.')
  for (const labels of labelled) {
    for (const code of ['200', '500'])
      yield `${series('http_requests_total', `code="${code}",${labels}`)}${printGo(counter(random, moment, 1e5))}\n`
  }
  yield metadata('http_response_size_bytes', 'summary', 'Size of an answer.')
  for (const labels of labelled) {
    yield `${series('http_response_size_bytes_sum', labels)}${printGo(counter(random, moment, 1e9))}\n`
    yield `${series('http_response_size_bytes_count', labels)}${printGo(counter(random, moment, 1e5))}\n`
  }
}

function pathOf(entity: number, moment: Moment): string {
  return `/api/v1/resources/${entity}${generation(moment, entity)}`
}
