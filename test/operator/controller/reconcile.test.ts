import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { AppliedVersions } from '../../../operator/controller/applied.ts'
import { OUTDATED_MS } from '../../../operator/controller/limits.ts'
import { ReconcileError, reconcile } from '../../../operator/controller/reconcile.ts'
import type { ReconcileContext } from '../../../operator/controller/reconcile-context.ts'
import { StatusWriter } from '../../../operator/controller/status-writer.ts'
import type { WatchedGate } from '../../../operator/controller/watched.ts'
import { PodPorts } from '../../../operator/direct-scrape/pod-ports.ts'
import { EventRecorder } from '../../../operator/events/recorder.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import type { RunResult } from '../../../operator/kubernetes/work-queue.ts'
import { Rollouts } from '../../../operator/rollout/rollouts.ts'
import { ManualClock } from './support/clocks.ts'
import { json, ScriptedApi, type Step, status } from './support/scripted-api.ts'
import { validGate, watchedGate } from './support/watched.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** An API server that applies everything but what `refused` names, and the requests that it got. */
async function scenario(gate: WatchedGate | undefined, refused: Record<string, Step> = {}) {
  const requests: string[] = []
  const answer: Step = (response, request) => {
    const parts = new URL(request.url ?? '', 'http://api').pathname.split('/')
    const last = parts.at(-1) ?? ''
    const what = ['status', 'events'].includes(last) ? last : (parts.at(-2) ?? '')
    requests.push(`${request.method} ${what}`)
    const step = refused[what] ?? json(200, { metadata: { resourceVersion: '7' } })
    step(response, request)
  }
  const api = await ScriptedApi.start(...Array<Step>(50).fill(answer))
  const clock = new ManualClock()
  const client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
  closing.push(
    () => api[Symbol.asyncDispose](),
    () => client.close(),
  )
  const logger = pino({ level: 'silent' })
  const sidecar = { proxyImage: 'metricgate/proxy:1' }
  const ignore = (): void => undefined
  const context: ReconcileContext = {
    view: {
      gate: () => gate,
      gates: () => [validGate()],
      pods: () => [],
      owned: () => new Map(),
      targets: () => ({ resolved: 0, ready: 0 }),
      services: () => [],
      monitors: () => [],
      facts: { serviceMonitors: true, podMonitors: true },
    },
    client,
    applied: new AppliedVersions(),
    statuses: new StatusWriter(client),
    podPorts: new PodPorts(client),
    rollouts: new Rollouts({
      client,
      clock,
      logger,
      sidecar,
      namespace: 'metricgate-system',
      webhookServingSinceMs: () => 0,
      settleMs: 0,
      observe: ignore,
    }),
    events: new EventRecorder({ client, clock, logger, observe: ignore }),
    sidecar,
    clock,
    logger,
    observer: { applied: ignore, deleted: ignore, statusWritten: ignore },
  }
  const run = async (): Promise<RunResult> => {
    try {
      return await reconcile('default/shop', context)
    } finally {
      await context.events.flush()
    }
  }
  return { context, requests, run }
}

const ALL = ['PATCH configmaps', 'PATCH servicemonitors', 'PATCH services', 'PATCH status', 'POST events']

test('a new gate: its objects, then its status, then the news of it', async () => {
  const { run, requests } = await scenario(watchedGate())
  await run()
  expect(requests.slice().sort()).toEqual(ALL)
  expect(requests.slice(-2)).toEqual(['PATCH status', 'POST events'])
})

test('a gate that is gone: nothing, Kubernetes deletes what it owned', async () => {
  const { run, requests } = await scenario(undefined)
  await run()
  expect(requests).toEqual([])
})

test('a gate that is being deleted: nothing, or its objects would hold it up', async () => {
  const gate = watchedGate()
  const deleting = { ...gate, metadata: { ...gate.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const { run, requests } = await scenario(deleting)
  await run()
  expect(requests).toEqual([])
})

test('the same status is not written twice, even before the watch has told of it', async () => {
  const { run, requests } = await scenario(watchedGate())
  await run()
  requests.length = 0
  await run()
  expect(requests).not.toContain('PATCH status')
})

test('a gate that has changed meanwhile: no news of it, and no failure; it is looked at again soon', async () => {
  const { run, requests } = await scenario(watchedGate(), { status: status(409, 'Conflict') })
  expect(await run()).toEqual({ requeueAfterMs: OUTDATED_MS })
  expect(requests).not.toContain('POST events')
})

test('a status is written only over the one that it follows: the one that was read, or written since', async () => {
  const versions: string[] = []
  const steps: Record<string, Step> = {
    configmaps: status(500, 'InternalError'),
    status: async (response, request) => {
      versions.push(JSON.parse(await text(request)).metadata.resourceVersion)
      json(200, { metadata: { resourceVersion: '8' } })(response, request)
    },
  }
  const { run } = await scenario(watchedGate(), steps)
  await expect(run()).rejects.toThrow(ReconcileError)
  delete steps.configmaps
  await run()
  expect(versions).toEqual(['1', '8'])
})

describe('a failure', () => {
  test('of one object does not keep others from being applied, is in the status, and is thrown', async () => {
    const { run, requests } = await scenario(watchedGate(), { configmaps: status(500, 'InternalError') })
    await expect(run()).rejects.toThrow(/^apply ConfigMap metricgate-shop: PATCH .*: 500 InternalError: /)
    expect(requests.sort()).toEqual(ALL)
  })

  test('carries the longest wait that the API server asked for', async () => {
    const wait = (seconds: number): Step =>
      status(429, 'TooManyRequests', { details: { retryAfterSeconds: seconds } })
    const { run } = await scenario(watchedGate(), { configmaps: wait(3), services: wait(5) })
    const error = await run().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ReconcileError)
    expect((error as ReconcileError).retryAfterMs).toBe(5000)
  })

  test('of writing the status is thrown', async () => {
    const { run } = await scenario(watchedGate(), { status: status(403, 'Forbidden') })
    await expect(run()).rejects.toThrow(/\/metricgates\/shop\/status: 403 Forbidden: /)
  })

  test('whose status is already written does not write it again', async () => {
    const { run, requests } = await scenario(watchedGate(), { configmaps: status(500, 'InternalError') })
    await run().catch(() => undefined)
    requests.length = 0
    await expect(run()).rejects.toThrow(ReconcileError)
    expect(requests).not.toContain('PATCH status')
  })
})
