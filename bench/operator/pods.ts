import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessMemory } from '../process-usage.ts'
import { createPod, deletePod, gateAt, type PodPlan } from './fixtures.ts'
import type { ApiCall } from './load.ts'
import type { OperatorCounts, OperatorProcess } from './operator-process.ts'
import { AT_ONCE, type Testbed } from './testbed.ts'

/** What the operator takes with many pods. */
export interface PodsResult extends CreatedPods {
  /** Of an operator that knows the gates, before there was a pod. */
  readonly memoryBefore: OperatorMemory
  readonly memory: OperatorMemory
  readonly churn: Churn
  readonly idleCpuPercent: number
}

/** Pods that were created. */
export interface CreatedPods {
  readonly pods: number
  /** Those that the webhook was asked about in time. */
  readonly injected: number
  readonly createdPerSecond: number
}

/** Memory of the operator, in bytes. */
export interface OperatorMemory extends ProcessMemory {
  readonly heapUsedBytes: number
}

/** What pods cost that come and go. */
export interface Churn {
  readonly perSecond: number
  readonly cpuPercent: number
  readonly cpuMsPerPod: number
  readonly requestsPerPod: number
  readonly reconcilesPerPod: number
  readonly memory: OperatorMemory
}

const CHURN_PER_SECOND = 50
const CHURN_SECONDS = 30
/** CPU time is counted in steps of 10 ms. */
const IDLE_MS = 20_000

/** Creates the pods, through the operator's webhook. */
export async function createPods(testbed: Testbed, ownerUids: readonly string[]): Promise<CreatedPods> {
  const { pods } = testbed.options
  const calls = Array.from({ length: pods }, (_, index) => createPod(podPlan(testbed, ownerUids, index)))
  const operator = await testbed.operator()
  const before = await operator.counts()
  await testbed.load.sendAll(calls, { atOnce: AT_ONCE })
  const after = await operator.counts()
  return {
    pods,
    injected: after.admissions - before.admissions,
    createdPerSecond: (pods * 1000) / (after.atMs - before.atMs),
  }
}

/** Measures a fresh operator while the pods are created, while some are replaced, and while nothing happens. */
export async function measurePods(
  testbed: Testbed,
  ownerUids: readonly string[],
  progress: (step: string) => void,
): Promise<PodsResult> {
  const operator = await testbed.restartOperator()
  await testbed.settle()
  const memoryBefore = await memoryOf(operator)
  progress(`pods: creating ${testbed.options.pods}`)
  const created = await createPods(testbed, ownerUids)
  await testbed.settle()
  const memory = await memoryOf(operator)
  progress(`pods: ${CHURN_PER_SECOND} a second come and go`)
  const churn = await measureChurn(testbed, ownerUids, operator)
  await testbed.settle()
  progress('pods: idle')
  const idleCpuPercent = await idle(operator)
  return { ...created, memoryBefore, memory, churn, idleCpuPercent }
}

/** Memory of the operator, of its process and of V8. */
export async function memoryOf(operator: OperatorProcess): Promise<OperatorMemory> {
  return { ...operator.memory(), heapUsedBytes: await operator.metric('nodejs_heap_size_used_bytes') }
}

async function measureChurn(
  testbed: Testbed,
  ownerUids: readonly string[],
  operator: OperatorProcess,
): Promise<Churn> {
  const count = Math.min(CHURN_PER_SECOND * CHURN_SECONDS, testbed.options.pods)
  // A new pod of the gate, then the old one goes, as in a roll-out.
  const calls = Array.from({ length: count }, (_, index): ApiCall[] => {
    const plan = podPlan(testbed, ownerUids, index)
    return [createPod({ ...plan, name: `${plan.name}-next` }), deletePod(plan.gate.namespace, plan.name)]
  }).flat()
  const before = await operator.counts()
  await testbed.load.sendAll(calls, { perSecond: 2 * CHURN_PER_SECOND })
  const after = await operator.counts()
  return {
    perSecond: CHURN_PER_SECOND,
    cpuPercent: (100 * (after.cpuMs - before.cpuMs)) / (after.atMs - before.atMs),
    cpuMsPerPod: (after.cpuMs - before.cpuMs) / count,
    requestsPerPod: (requestsOf(after) - requestsOf(before)) / count,
    reconcilesPerPod: (after.reconciles - before.reconciles) / count,
    memory: await memoryOf(operator),
  }
}

async function idle(operator: OperatorProcess): Promise<number> {
  const before = { cpuMs: operator.cpuMs(), atMs: performance.now() }
  await delay(IDLE_MS)
  return (100 * (operator.cpuMs() - before.cpuMs)) / (performance.now() - before.atMs)
}

function requestsOf({ requests }: OperatorCounts): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0)
}

function podPlan({ gates }: Testbed, ownerUids: readonly string[], index: number): PodPlan {
  return {
    name: `pod-${index}`,
    gate: gateAt(gates, index),
    arm: 'ours',
    ownerUid: gateAt(ownerUids, index),
  }
}
