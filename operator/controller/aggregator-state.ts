import type { MetricGate } from '../api/metricgate.ts'
import { type AggregatorMember, aggregatorMembers, memberName } from '../resources/aggregator.ts'
import type { OwnedObject } from './watched.ts'
import type { Workload } from './workload.ts'

/** How the aggregators of a gate are doing together. */
export interface AggregatorState {
  readonly kind: 'available' | 'progressing' | 'failed'
  /** A sentence for people. */
  readonly message: string
}

/** The Deployments of a gate, by name. */
export type Workloads = ReadonlyMap<string, Workload>

/** What is known of the Deployments that a gate owns. */
export function workloadsOf(deployments: readonly OwnedObject[]): Workloads {
  return new Map(
    deployments.flatMap(({ metadata, workload }) =>
      workload === undefined ? [] : [[metadata.name, workload]],
    ),
  )
}

/**
 * For each shard the replica that is to be scraped: the one that is, as long as it is available or none of the others is. It is
 * not changed without need, since the counters of another one are others.
 *
 * `current` is the replica to which a shard's Service leads now, if it is there.
 */
export function servingReplicas(
  gate: MetricGate,
  workloads: Workloads,
  current: (shard: number) => number | undefined,
): number[] {
  const { shards, replicas } = gate.spec.aggregator
  return Array.from({ length: shards }, (_, shard) => {
    const kept = current(shard) ?? 0
    const ofShard = aggregatorMembers(gate).filter(member => member.shard === shard)
    const available = ofShard.filter(member => isAvailable(gate, member, workloads))
    const isKept =
      kept < replicas && (available.length === 0 || available.some(({ replica }) => replica === kept))
    return isKept ? kept : (available[0]?.replica ?? 0)
  })
}

/** Does every shard have a replica that serves? */
export function everyShardServes(gate: MetricGate, workloads: Workloads): boolean {
  const served = aggregatorMembers(gate).filter(member => isAvailable(gate, member, workloads))
  return new Set(served.map(({ shard }) => shard)).size === gate.spec.aggregator.shards
}

/** The state of the aggregators; `undefined` for a gate that has none. */
export function aggregatorState(gate: MetricGate, workloads: Workloads): AggregatorState | undefined {
  const members = aggregatorMembers(gate)
  if (members.length === 0) return undefined
  const known = members.map(member => ({ name: memberName(gate, member), ...find(gate, member, workloads) }))
  const available = known.filter(workload => workload.available).length
  const count = `${available} of ${members.length} aggregators ${members.length === 1 ? 'is' : 'are'} available`
  const failed = known.find(({ rollout }) => rollout === 'failed')
  if (failed !== undefined) return { kind: 'failed', message: `${count}: ${describe(failed)}` }
  const pending = known.find(({ rollout }) => rollout === 'progressing')
  if (pending !== undefined) return { kind: 'progressing', message: `${count}: ${describe(pending)}` }
  return { kind: everyShardServes(gate, workloads) ? 'available' : 'progressing', message: count }
}

const UNKNOWN: Workload = { available: false, rollout: 'progressing', message: 'it is being made' }

function find(gate: MetricGate, member: AggregatorMember, workloads: Workloads): Workload {
  return workloads.get(memberName(gate, member)) ?? UNKNOWN
}

function isAvailable(gate: MetricGate, member: AggregatorMember, workloads: Workloads): boolean {
  return find(gate, member, workloads).available
}

function describe({ name, message }: Workload & { readonly name: string }): string {
  return `Deployment ${name}: ${message || 'it is starting'}`
}
