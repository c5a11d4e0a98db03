import * as z from 'zod'
import { Collection } from '../../operator/kubernetes/collection.ts'
import { collectionPath, METRIC_GATE } from '../../operator/kubernetes/kinds.ts'
import { ListWatch } from '../../operator/kubernetes/list-watch.ts'
import { machineClock } from '../../test/operator/controller/support/clocks.ts'
import { createGate } from './fixtures.ts'
import { AT_ONCE, type Testbed } from './testbed.ts'

/** What making all gates at once took. */
export interface GatesResult {
  readonly gates: number
  /** From the first request until the last gate was Ready. */
  readonly seconds: number
  /** From the first request until the last gate was there. */
  readonly createSeconds: number
  /** What the operator asked of the API server for each gate, by method. */
  readonly requestsPerGate: Readonly<Record<string, number>>
  readonly reconcilesPerGate: number
  readonly cpuMsPerGate: number
}

/** Gates that are there, in the order of the testbed's. */
export interface MadeGates {
  readonly result: GatesResult
  readonly uids: readonly string[]
}

const READY_MS_MAX = 600_000

const gateSchema = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string(), resourceVersion: z.string() }),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .optional(),
})

/** Creates all gates at once, and waits until each is Ready. */
export async function makeGates(testbed: Testbed): Promise<MadeGates> {
  const { gates, load } = testbed
  const operator = await testbed.operator()
  await testbed.settle()
  const before = await operator.counts()
  const startedMs = performance.now()
  const create = async (): Promise<{ uids: readonly string[]; createSeconds: number }> => {
    const { uids } = await load.sendAll(gates.map(createGate), { atOnce: AT_ONCE })
    return { uids, createSeconds: (performance.now() - startedMs) / 1000 }
  }
  const [{ uids, createSeconds }] = await Promise.all([create(), untilReady(testbed)])
  const seconds = (performance.now() - startedMs) / 1000
  if (uids.length !== gates.length)
    throw new Error(`the API server has answered for ${uids.length} of ${gates.length} gates`)
  await testbed.settle()
  const after = await operator.counts()
  const perGate = (value: number): number => value / gates.length
  const result = {
    gates: gates.length,
    seconds,
    createSeconds,
    requestsPerGate: Object.fromEntries(
      Object.entries(after.requests).map(([method, count]) => [
        method,
        perGate(count - (before.requests[method] ?? 0)),
      ]),
    ),
    reconcilesPerGate: perGate(after.reconciles - before.reconciles),
    cpuMsPerGate: perGate(after.cpuMs - before.cpuMs),
  }
  return { result, uids }
}

/** Watches the gates until as many as there should be are Ready. Throws when that takes too long. */
async function untilReady({ api, gates }: Testbed): Promise<void> {
  const ready = new Set<string>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const listWatch = new ListWatch({
    collection: new Collection({ client: api, path: collectionPath(METRIC_GATE, ''), random: Math.random }),
    read: object => gateSchema.parse(object),
    listener: {
      onChange: ({ object: { metadata, status } }) => {
        const isReady = status?.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')
        if (isReady === true) ready.add(`${metadata.namespace}/${metadata.name}`)
        if (ready.size >= gates.length) resolve()
      },
      // It begins again where it was.
      onRestart: () => undefined,
      onError: reject,
    },
    clock: machineClock,
    random: Math.random,
  })
  const timer = setTimeout(
    () => reject(new Error(`only ${ready.size} of ${gates.length} gates are Ready`)),
    READY_MS_MAX,
  )
  listWatch.start()
  try {
    await promise
  } finally {
    clearTimeout(timer)
    await listWatch.stop()
  }
}
