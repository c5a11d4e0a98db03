import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import {
  type AdmissionRecord,
  type GateSource,
  startWebhookServer,
  type WebhookServer,
} from '../../../operator/webhook/server.ts'
import { type Made, makeCertificates } from './certificates/made.ts'
import { gate, NAMESPACE, OPTIONS, optIn, pod } from './fixtures.ts'

const GATES = [gate('shop'), gate('elsewhere', {}, 'other')]

let certificates: Made
let server: WebhookServer
let client: Agent
let source: GateSource
const admissions: AdmissionRecord[] = []

beforeAll(async () => {
  certificates = await makeCertificates(['127.0.0.1'], Date.now())
  client = new Agent({ connect: { ca: certificates.authority.certificate } })
  server = await start()
})

async function start(): Promise<WebhookServer> {
  const started = await startWebhookServer({
    listen: { host: '127.0.0.1', port: 0 },
    gates: { cached: () => source.cached(), list: (namespace, signal) => source.list(namespace, signal) },
    sidecar: OPTIONS,
    monotonicMs: () => 0,
    log: pino({ level: 'silent' }),
    observe: admission => admissions.push(admission),
    requestsPerConnectionMax: 1_000,
  })
  started.use(certificates)
  return started
}

afterAll(async () => {
  await client.close()
  await server.stop()
})

function known(...gates: MetricGate[]): GateSource {
  return { cached: () => gates, list: () => Promise.reject(new Error('not to be asked')) }
}

function body(annotation: string, more: Record<string, unknown> = {}): string {
  const resource = { group: '', version: 'v1', resource: 'pods' }
  const object = pod(optIn(annotation))
  const request = { uid: 'u', namespace: NAMESPACE, operation: 'CREATE', resource, object, ...more }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
}

async function post(
  text: string,
  { path = '/mutate', contentType = 'application/json' } = {},
): Promise<{ status: number; json: unknown }> {
  const { statusCode, body: answer } = await request(`https://127.0.0.1:${server.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: text,
    dispatcher: client,
  })
  return { status: statusCode, json: await answer.json() }
}

async function outcomeOf(annotation: string): Promise<unknown> {
  const { status, json } = await post(body(annotation))
  expect(status).toBe(200)
  return (json as { response: { auditAnnotations: unknown } }).response.auditAnnotations
}

describe('a review', () => {
  test('is answered from the gates of its namespace', async () => {
    source = known(...GATES)
    expect(await outcomeOf('shop')).toEqual({ outcome: 'injected', reason: 'Annotation' })
    expect(await outcomeOf('elsewhere')).toEqual({ outcome: 'injected', reason: 'UnknownGate' })
  })

  test('is answered from the API server while the cache knows nothing', async () => {
    const asked: string[] = []
    source = {
      cached: () => undefined,
      list: async namespace => {
        asked.push(namespace)
        return GATES
      },
    }
    expect(await outcomeOf('shop')).toEqual({ outcome: 'injected', reason: 'Annotation' })
    expect(asked).toEqual([NAMESPACE])
  })

  test('is answered without any gates if that fails too', async () => {
    source = { cached: () => undefined, list: () => Promise.reject(new Error('away')) }
    expect(await outcomeOf('true')).toEqual({ outcome: 'skipped', reason: 'GatesUnknown' })
  })

  test('is told to the observer, with what it was', async () => {
    source = known(...GATES)
    admissions.splice(0)
    await post(body('shop'))
    await post(body('Not valid', { dryRun: true }))
    expect(admissions).toEqual([
      { outcome: 'injected', reason: 'Annotation', dryRun: false, durationMs: 0 },
      { outcome: 'skipped', reason: 'InvalidAnnotation', dryRun: true, durationMs: 0 },
    ])
  })

  test('may be of a large pod', async () => {
    source = known(...GATES)
    const large = body('shop', { object: pod({ ...optIn('shop'), big: 'x'.repeat(3 * 2 ** 20) }) })
    expect((await post(large)).status).toBe(200)
  })
})

describe('refused, with the reason, is', () => {
  test.each<[string, string, { path?: string; contentType?: string }, number, RegExp]>([
    ['half a body', body('shop').slice(0, 100), {}, 400, /JSON/],
    ['an empty body', '', {}, 400, /empty/],
    ['another object', '{"kind":"Pod"}', {}, 400, /AdmissionReview.*apiVersion/s],
    ['another type of body', body('shop'), { contentType: 'text/html' }, 415, /Unsupported Media Type/],
    ['a body that is too large', 'x'.repeat(5 * 2 ** 20), {}, 413, /too large/],
    ['a body that would change all objects', '{"__proto__":{"a":1}}', {}, 400, /not valid JSON/],
    ['another path', body('shop'), { path: '/' }, 404, /not found/i],
  ])('%s', async (_title, text, where, status, reason) => {
    source = known(...GATES)
    const answer = await post(text, where)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.json)).toMatch(reason)
  })
})

test('renewed certificates are served to new connections, and those that are there go on', async () => {
  source = known(...GATES)
  await post(body('shop'))
  const renewed = await makeCertificates(['127.0.0.1'], Date.now())
  server.use(renewed)
  const connection = connect({ host: '127.0.0.1', port: server.port, ca: renewed.authority.certificate })
  await once(connection, 'secureConnect')
  expect(connection.authorized).toBe(true)
  connection.destroy()
  expect((await post(body('shop'))).status).toBe(200)
})

test('a server that drains answers on connections old and new, and closes each with its answer', async () => {
  source = known(...GATES)
  const draining = await start()
  const agent = new Agent({ connect: { ca: certificates.authority.certificate }, connections: 1 })
  const connectionHeader = async (): Promise<unknown> => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(`https://127.0.0.1:${draining.port}/mutate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body('shop'),
      dispatcher: agent,
    })
    await answer.dump()
    expect(statusCode).toBe(200)
    return headers.connection
  }
  try {
    expect(await connectionHeader()).toBe('keep-alive')
    draining.drain()
    expect([await connectionHeader(), await connectionHeader()]).toEqual(['close', 'close'])
  } finally {
    await agent.close()
    await draining.stop()
  }
})
