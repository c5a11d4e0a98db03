import { expect, test } from '@jest/globals'
import { Counter, Registry } from 'prom-client'
import { startTelemetryServer } from '../../operator/telemetry-server.ts'

async function answers(
  path: string,
  state: { ailments?: string[]; obstacles?: string[]; limitations?: string[] } = {},
) {
  const registry = new Registry()
  new Counter({ name: 'x_total', help: 'X.', registers: [registry] }).inc(3)
  const server = await startTelemetryServer({
    listen: { host: '127.0.0.1', port: 0 },
    registry,
    ailments: () => state.ailments ?? [],
    obstacles: () => state.obstacles ?? [],
    limitations: () => state.limitations ?? [],
  })
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  const answer = {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  }
  await server.stop()
  return answer
}

test.each([
  { path: '/healthz', state: {}, status: 200, text: 'ok\n' },
  { path: '/healthz', state: { obstacles: ['a'] }, status: 200, text: 'ok\n' },
  { path: '/healthz', state: { ailments: ['a', 'b'] }, status: 500, text: 'a\nb\n' },
  { path: '/readyz', state: {}, status: 200, text: 'ok\n' },
  { path: '/readyz', state: { obstacles: ['a', 'b'] }, status: 503, text: 'a\nb\n' },
  { path: '/readyz', state: { limitations: ['a'] }, status: 200, text: 'a\n' },
  { path: '/readyz', state: { obstacles: ['a'], limitations: ['b'] }, status: 503, text: 'a\nb\n' },
])('$path with $state answers $status', async ({ path, state, status, text }) => {
  expect(await answers(path, state)).toMatchObject({ status, text })
})

test('/metrics are in the format of Prometheus', async () => {
  const { type, text } = await answers('/metrics')
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text).toContain('x_total 3\n')
})

test('anything else is not there', async () => {
  expect((await answers('/debug')).status).toBe(404)
})
