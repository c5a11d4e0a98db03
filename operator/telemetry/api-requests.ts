import { Counter, Histogram, type Registry } from 'prom-client'
import type { ApiObserver } from '../kubernetes/api-client.ts'
import { PREFIX } from './prefix.ts'

/** Registers the metrics of requests to the API server; returns who is to be told of them. */
export function apiMetrics(registry: Registry): ApiObserver {
  const registers = [registry]
  const requests = new Counter({
    name: `${PREFIX}_api_requests_total`,
    help: 'Requests to the API server by method and status code; code 0: no answer.',
    labelNames: ['method', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: `${PREFIX}_api_request_duration_seconds`,
    help: 'Time from sending a request to the API server to the headers of its answer.',
    labelNames: ['method'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  return ({ method = 'GET' }, code, durationMs) => {
    requests.inc({ method, code })
    duration.observe({ method }, durationMs / 1000)
  }
}
