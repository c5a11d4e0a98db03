import { createServer } from 'node:http'

/*
 * The application of the stories: it serves requests at a steady rate, that is to say it counts them, and tells of them at /metrics.
 * A pod runs this file as it is, by Node on the base image of ours.
 *
 * PORT        where it listens
 * RATE        requests per second, over all paths
 * ENDS_AFTER  the number of scrapes after which it ends well. Default: it does not
 */
const { PORT = '8080', RATE = '10', ENDS_AFTER = '0' } = process.env
const PATHS = ['/cart', '/checkout', '/item/1', '/item/2', '/item/3']
const BOUNDS_SECONDS = [0.1, 0.5]

const startedMs = Date.now()
let scrapes = 0

function exposition(): string {
  const requests = Math.floor(((Date.now() - startedMs) / 1000) * Number(RATE))
  const byPath = PATHS.map((path, index) => {
    const count = Math.floor((requests + index) / PATHS.length)
    return `shop_requests_total{path="${path}",code="200"} ${count}`
  })
  const buckets = [...BOUNDS_SECONDS, '+Inf'].map(
    (bound, index) =>
      `shop_request_seconds_bucket{le="${bound}"} ${Math.floor((requests * (index + 1)) / 3)}`,
  )
  return [
    '# HELP shop_requests_total Requests served.',
    '# TYPE shop_requests_total counter',
    ...byPath,
    '# HELP shop_request_seconds How long requests took.',
    '# TYPE shop_request_seconds histogram',
    ...buckets,
    `shop_request_seconds_sum ${requests / 10}`,
    `shop_request_seconds_count ${requests}`,
    '# HELP shop_scrapes_total How often these metrics were asked for.',
    '# TYPE shop_scrapes_total counter',
    `shop_scrapes_total ${scrapes}`,
    '# HELP process_start_time_seconds When the process started, in seconds since 1970.',
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${startedMs / 1000}`,
    '',
  ].join('\n')
}

const server = createServer((request, response) => {
  if (request.url === '/kill') process.kill(process.pid, 'SIGKILL')
  if (request.url !== '/metrics') {
    response.end()
    return
  }
  scrapes += 1
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(exposition(), () => {
    if (scrapes === Number(ENDS_AFTER)) process.exit()
  })
})
server.listen(Number(PORT))
process.on('SIGTERM', () => process.exit())
