import { setTimeout as delay } from 'node:timers/promises'
import { touchGate } from './fixtures.ts'
import { growth } from './samples.ts'
import { AT_ONCE, type Testbed } from './testbed.ts'

/** What the operator asks of the API server when everything is as it should be. */
export interface SteadyResult {
  readonly quietSeconds: number
  /** Requests of the operator in that time, by method. */
  readonly quietRequests: Readonly<Record<string, number>>
  /** Writes of all clients in that time, by verb and resource, as the API server counts them. */
  readonly quietWrites: Readonly<Record<string, number>>
  /** Reconciliations that found everything in place. */
  readonly reconciles: number
  /** Without renewals of the Lease, which are the only PUTs. */
  readonly requestsPerReconcile: number
  readonly cpuMsPerReconcile: number
}

const QUIET_MS = 30_000
const READS = ['GET', 'LIST', 'WATCH', 'CONNECT']

/** Lets nothing happen for a while, then gives the operator a reason to look at each gate. */
export async function measureSteady(
  testbed: Testbed,
  progress: (step: string) => void,
): Promise<SteadyResult> {
  progress('steady state')
  const operator = await testbed.operator()
  await testbed.settle()
  const before = { counts: await operator.counts(), all: await testbed.apiServerRequests() }
  await delay(QUIET_MS)
  const quiet = { counts: await operator.counts(), all: await testbed.apiServerRequests() }
  const touches = testbed.gates.map(gate => touchGate(gate, String(quiet.counts.atMs)))
  await testbed.load.sendAll(touches, { atOnce: AT_ONCE })
  await testbed.settle()
  const after = await operator.counts()
  const reconciles = after.reconciles - quiet.counts.reconciles
  const { PUT: _lease, ...requests } = growth(quiet.counts.requests, after.requests)
  return {
    quietSeconds: (quiet.counts.atMs - before.counts.atMs) / 1000,
    quietRequests: growth(before.counts.requests, quiet.counts.requests),
    quietWrites: writesOf(growth(before.all, quiet.all)),
    reconciles,
    requestsPerReconcile: Object.values(requests).reduce((sum, count) => sum + count, 0) / reconciles,
    cpuMsPerReconcile: (after.cpuMs - quiet.counts.cpuMs) / reconciles,
  }
}

function writesOf(requests: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(requests).filter(([key]) => !READS.some(verb => key.startsWith(`${verb} `))),
  )
}
