import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import type { ApiCall, ApiServerAddress, LoadOrder, LoadResult } from './load.ts'

// A process of its own: sends requests to the API server over connections that it keeps.

const CONNECTIONS_MAX = 128

const { url, caCertificate, token }: ApiServerAddress = JSON.parse(process.argv[2] ?? '')
const pool = new Pool(url, { connections: CONNECTIONS_MAX, connect: { ca: caCertificate }, allowH2: false })

/** Requests that only prepare something are sent again when a busy API server has failed at them. */
const TRIES_MAX = 5

interface Outcome {
  /** Status of the answer; 0: there was none. */
  readonly status: number
  readonly latencyMs: number
  readonly uid: string | undefined
  readonly failure: string | undefined
}

async function send({ method, path, contentType, body }: ApiCall, dueMs: number): Promise<Outcome> {
  try {
    const response = await pool.request({
      method,
      path,
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType ?? 'application/json' },
    })
    const text = await response.body.text()
    const latencyMs = performance.now() - dueMs
    const failure = response.statusCode < 300 ? undefined : `${response.statusCode} ${text.slice(0, 200)}`
    const uid = failure === undefined ? /"uid":\s*"([^"]+)"/.exec(text)?.[1] : undefined
    return { status: response.statusCode, latencyMs, uid, failure }
  } catch (error) {
    return { status: 0, latencyMs: performance.now() - dueMs, uid: undefined, failure: String(error) }
  }
}

/** Sends each when it is due, whether those before it have been answered or not. */
async function sendPaced(calls: readonly ApiCall[], perSecond: number): Promise<Outcome[]> {
  const startMs = performance.now()
  const outcomes: Promise<Outcome>[] = []
  for (const [index, call] of calls.entries()) {
    const dueMs = startMs + (index * 1000) / perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    outcomes.push(send(call, dueMs))
  }
  return Promise.all(outcomes)
}

/** Always has so many on the way. */
async function sendAtOnce(calls: readonly ApiCall[], atOnce: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      const at = next - 1
      outcomes[at] = await insist(call)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return outcomes
}

/** What was not answered, or by an error of the server, may have been done: a conflict says that it was. */
async function insist(call: ApiCall): Promise<Outcome> {
  const dueMs = performance.now()
  let outcome = await send(call, dueMs)
  for (let tries = 1; tries < TRIES_MAX && (outcome.status === 0 || outcome.status >= 500); tries++) {
    outcome = await send(call, dueMs)
    if (outcome.status === 409) return { ...outcome, failure: undefined }
  }
  return outcome
}

async function carryOut({ calls, pace }: LoadOrder): Promise<LoadResult> {
  const outcomes = await ('perSecond' in pace
    ? sendPaced(calls, pace.perSecond)
    : sendAtOnce(calls, pace.atOnce))
  return {
    latenciesMs: outcomes.map(({ latencyMs }) => latencyMs),
    uids: outcomes.flatMap(({ uid }) => (uid === undefined ? [] : [uid])),
    failures: outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
  }
}

process.on('message', async (order: LoadOrder) => {
  process.send?.(await carryOut(order))
})
process.send?.({})
process.on('disconnect', () => process.exit())
