import { afterEach, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { WATCHED_KINDS } from '../../../operator/controller/cluster-watch.ts'
import { Controller } from '../../../operator/controller/controller.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import { ManualClock } from './support/clocks.ts'
import { eventually } from './support/eventually.ts'
import { ScriptedApi } from './support/scripted-api.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const DAY_MS = 24 * 60 * 60 * 1000

/** A controller whose watches have all asked once, and get no answer. */
async function waitingController(): Promise<{ controller: Controller; clock: ManualClock }> {
  const api = await ScriptedApi.start()
  const clock = new ManualClock()
  const client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
  const ignore = (): void => undefined
  const controller = new Controller({
    client,
    clock,
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
    namespace: 'metricgate-system',
    watchNamespaces: [],
    isLeader: () => true,
    webhookServingSinceMs: () => undefined,
    sidecar: { proxyImage: 'metricgate/proxy:1' },
    observer: {
      applied: ignore,
      deleted: ignore,
      statusWritten: ignore,
      reconciled: ignore,
      dequeued: ignore,
      retried: ignore,
      workloadRestarted: ignore,
      eventRecorded: ignore,
      watchRestarted: ignore,
      handlerFailed: ignore,
    },
  })
  closing.push(
    () => api[Symbol.asyncDispose](),
    () => client.close(),
    () => controller.stop(),
  )
  void controller.start()
  await eventually(() => expect(api.requests).toHaveLength(9))
  return { controller, clock }
}

test('watches that do nothing at all for ten minutes are stuck: the operator is to be restarted', async () => {
  const { controller, clock } = await waitingController()
  await clock.advance(600_000)
  expect(controller.stuckWatches()).toEqual([])
  await clock.advance(1)
  expect(controller.stuckWatches().sort()).toEqual([
    'configmaps',
    'deployments',
    'endpointslices',
    'metricgates',
    'networkpolicies',
    'podmonitors',
    'pods',
    'servicemonitors',
    'services',
  ])
})

test('WATCHED_KINDS are those that it watches', async () => {
  const { controller } = await waitingController()
  const watched = controller.cluster.health().map(({ kind }) => kind)
  expect(new Set(watched)).toEqual(new Set(WATCHED_KINDS))
  expect(watched).toHaveLength(WATCHED_KINDS.length)
})

test.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])('a time of day that is set %s makes no watch stuck, and hides none', async (_way, byMs) => {
  const { controller, clock } = await waitingController()
  clock.setTimeOfDay(byMs)
  expect(controller.stuckWatches()).toEqual([])
  await clock.advance(600_000)
  expect(controller.stuckWatches()).toEqual([])
  await clock.advance(1)
  expect(controller.stuckWatches()).toHaveLength(9)
})
