import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { INJECTED_ANNOTATION } from '../../operator/api/labels.ts'
import { Collection } from '../../operator/kubernetes/collection.ts'
import { METRIC_GATE, objectPath } from '../../operator/kubernetes/kinds.ts'
import { freePort } from '../children.ts'
import { createPod, type GateRef, gateAt } from './fixtures.ts'
import type { OperatorProcess } from './operator-process.ts'
import { startRelay } from './relay.ts'
import type { Testbed } from './testbed.ts'

/** What it takes that the leader of two operators dies. */
export interface FailoverResult {
  /** From its death until a change of a gate, made at once, has been brought about by the other. */
  readonly seconds: number
  /** Pods that were created meanwhile, for both to inject. */
  readonly pods: number
  /** Those of them that got no sidecar. */
  readonly podsWithoutSidecar: number
}

const PODS_PER_SECOND = 20
const PODS_SECONDS = 30
/** The leader dies when pods have been coming for so long. */
const DEATH_MS = 3000
const POLL_MS = 20
const WAIT_MS_MAX = 120_000
const POD_PREFIX = 'failover-'

const gateSchema = z.object({
  metadata: z.object({ generation: z.number() }),
  status: z.object({ observedGeneration: z.number().default(0) }).default({ observedGeneration: 0 }),
})
const podSchema = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
})

/** Kills the leader of two operators, whose webhooks are behind one address, while pods are created. */
export async function measureFailover(
  testbed: Testbed,
  ownerUids: readonly string[],
  progress: (step: string) => void,
): Promise<FailoverResult> {
  progress('failover')
  await testbed.stopOperator()
  const ports = [await freePort(), await freePort()]
  await using stack = new AsyncDisposableStack()
  const relay = await startRelay(ports)
  stack.defer(relay.stop)
  const replicas: OperatorProcess[] = []
  for (const port of ports) {
    const flags = [`--webhook-port=${port}`, `--webhook-url=https://127.0.0.1:${relay.port}`]
    const replica = await testbed.startReplica(flags)
    stack.defer(() => replica.stop())
    replicas.push(replica)
  }
  const leader = await leaderOf(replicas)
  await Promise.all(replicas.map(replica => testbed.settle(replica)))
  const load = testbed.load.sendAll(podCalls(testbed, ownerUids), { perSecond: PODS_PER_SECOND })
  const death = delay(DEATH_MS).then(() => killAndChange(testbed, leader))
  const [seconds, { latenciesMs }] = await Promise.all([death, load])
  return { seconds, pods: latenciesMs.length, podsWithoutSidecar: await countWithoutSidecar(testbed) }
}

async function leaderOf(replicas: readonly OperatorProcess[]): Promise<OperatorProcess> {
  const untilMs = performance.now() + WAIT_MS_MAX
  while (performance.now() < untilMs) {
    for (const replica of replicas) {
      if ((await replica.metric('metricgate_operator_leader')) === 1) return replica
    }
    await delay(POLL_MS)
  }
  throw new Error(`none of ${replicas.length} operators leads`)
}

/** Seconds from the death of the leader until a change of the first gate is in its status. */
async function killAndChange({ api, gates }: Testbed, leader: OperatorProcess): Promise<number> {
  const { namespace, name } = gateAt(gates, 0)
  const path = objectPath(METRIC_GATE, namespace, name)
  const diedMs = performance.now()
  leader.kill()
  await api.json({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { spec: { monitor: { interval: '15s' } } },
  })
  while (performance.now() < diedMs + WAIT_MS_MAX) {
    const { metadata, status } = gateSchema.parse(await api.json({ path }))
    if (status.observedGeneration === metadata.generation) return (performance.now() - diedMs) / 1000
    await delay(POLL_MS)
  }
  throw new Error(`gate ${namespace}/${name} was not reconciled within ${WAIT_MS_MAX / 1000} s`)
}

function podCalls({ gates }: Testbed, ownerUids: readonly string[]) {
  return Array.from({ length: PODS_PER_SECOND * PODS_SECONDS }, (_, index) =>
    createPod({
      name: `${POD_PREFIX}${index}`,
      gate: gateAt<GateRef>(gates, index),
      arm: 'ours',
      ownerUid: gateAt(ownerUids, index),
    }),
  )
}

async function countWithoutSidecar({ api }: Testbed): Promise<number> {
  const collection = new Collection({
    client: api,
    path: '/api/v1/pods',
    metadataOnly: true,
    random: Math.random,
  })
  let missing = 0
  const count = (page: readonly unknown[]): void => {
    for (const { metadata } of page.map(pod => podSchema.parse(pod))) {
      const isOurs = metadata.name.startsWith(POD_PREFIX)
      if (isOurs && metadata.annotations[INJECTED_ANNOTATION] === undefined) missing++
    }
  }
  const restart = (): void => {
    missing = 0
  }
  await collection.list(count, restart, AbortSignal.timeout(WAIT_MS_MAX))
  return missing
}
