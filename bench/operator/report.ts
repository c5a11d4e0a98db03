import { figure, mebibytes, table } from '../table.ts'
import type { AdmissionsResult } from './admissions.ts'
import type { FailoverResult } from './failover.ts'
import type { GatesResult } from './gates.ts'
import type { OperatorMemory, PodsResult } from './pods.ts'
import type { RestartResult } from './restart.ts'
import type { SteadyResult } from './steady.ts'

/** Everything that a run found, as `--json` writes it. */
export interface OperatorReport {
  readonly machine: {
    readonly node: string
    readonly platform: string
    readonly cpu: string
    readonly cpus: number
  }
  readonly gates?: GatesResult
  readonly admissions?: AdmissionsResult
  readonly pods?: PodsResult
  readonly restart?: RestartResult
  readonly steady?: SteadyResult
  readonly failover?: FailoverResult
}

/** What a result is to be at most. */
export const AIMS = {
  admissionAddedP99Ms: 10,
  gatesReadySeconds: 20,
  podsPeakBytes: 200 * 2 ** 20,
  steadyWrites: 0,
  failoverSeconds: 15,
  podsWithoutSidecar: 0,
} as const

/** What goes before all results: where they were measured, and what to think of them. */
export function formatHeading(
  { node, platform, cpus, cpu }: OperatorReport['machine'],
  gogc: number,
): string {
  return (
    `Node ${node}, ${platform}, ${cpus} × ${cpu}\n` +
    'The API server, etcd and the controller manager share the machine with the operator and the load. etcd does not\n' +
    'sync its files (unsafe-no-fsync), and there are no nodes. CPU is user + system of the operator alone.\n' +
    `The API server collects garbage when its heap has grown by ${gogc} % (GOGC)\n`
  )
}

/** A result beside what it is to be at most. */
function aim(what: string, value: string, limit: string, reached: boolean): string[] {
  return [what, value, `aim ≤ ${limit}`, reached ? 'reached' : 'MISSED']
}

/** All gates at once. */
export function formatGates(result: GatesResult): string {
  const { gates, seconds, createSeconds, requestsPerGate, reconcilesPerGate, cpuMsPerGate } = result
  return (
    `gates: ${gates.toLocaleString('en-US')} created at once\n` +
    table([
      aim('until all are Ready, s', figure(seconds), '20', seconds <= AIMS.gatesReadySeconds),
      ['until all are created, s', figure(createSeconds)],
      ['requests for each', counts(requestsPerGate)],
      ['reconciliations for each', figure(reconcilesPerGate)],
      ['CPU ms for each', figure(cpuMsPerGate)],
    ])
  )
}

/** Creating pods with and without a webhook. */
export function formatAdmissions({ perSecond, arms, added }: AdmissionsResult): string {
  const rows = arms.map(({ arm, pods, missed, p50Ms, p99Ms, cpuMsPerPod }) => [
    arm === 'none' ? 'no webhook' : arm === 'no-op' ? 'webhook that does nothing' : 'the operator',
    pods.toLocaleString('en-US'),
    String(missed),
    ...[p50Ms, p99Ms, cpuMsPerPod].map(figure),
  ])
  return (
    `admissions: ${perSecond} pods created a second, in turn; from the moment a request is due to its answer\n` +
    table([['webhook', 'pods', 'timed out', 'p50 ms', 'p99 ms', 'operator CPU ms'], ...rows]) +
    table([
      aim(
        'p99 beyond the webhook that does nothing, median of the rounds, ms',
        figure(added.medianP99Ms),
        '10',
        added.medianP99Ms <= AIMS.admissionAddedP99Ms,
      ),
      ['the same of all rounds together, ms', figure(added.p99Ms)],
      ['p50 beyond it, ms', figure(added.p50Ms)],
    ])
  )
}

/** Many pods: memory and CPU. */
export function formatPods(result: PodsResult): string {
  const { pods, injected, createdPerSecond, memoryBefore, memory, churn, idleCpuPercent } = result
  const peakBytes = churn.memory.peakBytes
  return (
    `pods: ${pods.toLocaleString('en-US')}, ${injected.toLocaleString('en-US')} of them with a sidecar; ${figure(createdPerSecond)} created a second\n` +
    table([
      ['MiB', 'peak', 'resident', 'anonymous', 'heap used'],
      memoryRow('with the gates alone', memoryBefore),
      memoryRow('with all of them', memory),
      memoryRow('after some were replaced', churn.memory),
    ]) +
    table([
      aim('peak, MiB', mebibytes(peakBytes), '200', peakBytes <= AIMS.podsPeakBytes),
      [`CPU while ${churn.perSecond} pods a second are replaced, %`, figure(churn.cpuPercent)],
      ['for each of them: CPU ms', figure(churn.cpuMsPerPod)],
      ['for each of them: requests', figure(churn.requestsPerPod)],
      ['for each of them: reconciliations', figure(churn.reconcilesPerPod)],
      ['CPU when nothing happens, %', figure(idleCpuPercent)],
    ])
  )
}

/** A restart. */
export function formatRestart(result: RestartResult): string {
  const { readySeconds, requestsUntilReady, requests, changedObjects, memory } = result
  return (
    'restart: with the same gates and pods\n' +
    table([
      ['until the caches are complete and it is ready, s', figure(readySeconds)],
      ['requests until then', counts(requestsUntilReady)],
      ['gates and their objects that have changed', String(changedObjects)],
    ]) +
    table([['MiB', 'peak', 'resident', 'anonymous', 'heap used'], memoryRow('afterwards', memory)]) +
    '  requests of all clients until nothing was left to do:\n' +
    table(Object.entries(requests).map(([key, count]) => [`  ${key}`, String(count)]))
  )
}

/** Nothing to do. */
export function formatSteady(result: SteadyResult): string {
  const { quietSeconds, quietRequests, quietWrites, reconciles, requestsPerReconcile, cpuMsPerReconcile } =
    result
  const writes = Object.entries(quietWrites)
    .filter(([key]) => !key.endsWith(' leases'))
    .reduce((sum, [, count]) => sum + count, 0)
  return (
    `steady state: ${figure(quietSeconds)} s in which nothing happens, then a reason to look at each gate\n` +
    table([
      aim('writes of all clients, Leases aside', String(writes), '0', writes <= AIMS.steadyWrites),
      ['writes of all clients', counts(quietWrites)],
      ['requests of the operator', counts(quietRequests)],
      ['reconciliations that find everything in place', reconciles.toLocaleString('en-US')],
      ['requests for each', figure(requestsPerReconcile)],
      ['CPU ms for each', figure(cpuMsPerReconcile)],
    ])
  )
}

/** The leader of two dies. */
export function formatFailover({ seconds, pods, podsWithoutSidecar }: FailoverResult): string {
  return (
    `failover: the leader of two is killed while ${pods.toLocaleString('en-US')} pods are created\n` +
    table([
      aim(
        'until the other has brought about a change of a gate, s',
        figure(seconds),
        '15',
        seconds <= AIMS.failoverSeconds,
      ),
      aim(
        'pods without a sidecar',
        String(podsWithoutSidecar),
        '0',
        podsWithoutSidecar <= AIMS.podsWithoutSidecar,
      ),
    ])
  )
}

function memoryRow(title: string, of: OperatorMemory): string[] {
  return [title, ...[of.peakBytes, of.residentBytes, of.anonymousBytes, of.heapUsedBytes].map(mebibytes)]
}

function counts(of: Readonly<Record<string, number>>): string {
  const parts = Object.entries(of).map(([name, count]) => `${name} ${figure(count)}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}
