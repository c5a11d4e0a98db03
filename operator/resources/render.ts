import type { KubernetesObject } from '@kubernetes/client-node'
import type { MetricGate } from '../api/metricgate.ts'
import type { Kind } from '../kubernetes/kinds.ts'
import { aggregatorMembers, renderAggregator } from './aggregator.ts'
import { renderAggregatorService } from './aggregator-service.ts'
import { renderAggregatorConfigMap, renderConfigMap } from './config-map.ts'
import {
  type ClusterFacts,
  MONITORING_API_VERSION,
  renderAggregatorMonitor,
  renderMonitor,
} from './monitor.ts'
import { renderNetworkPolicy } from './network-policy.ts'
import { renderService, renderTargetsService } from './service.ts'
import type { SidecarOptions } from './sidecar.ts'

export { configHash } from './config-map.ts'
export { type ClusterFacts, missingMonitorKind } from './monitor.ts'

/** The kind of the aggregators. */
export const DEPLOYMENT: Kind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' }

/** The kinds of which there are others than those of gates, which matter to gates too. */
export const SERVICE: Kind = { apiVersion: 'v1', kind: 'Service', plural: 'services' }
export const SERVICE_MONITOR = {
  apiVersion: MONITORING_API_VERSION,
  kind: 'ServiceMonitor',
  plural: 'servicemonitors',
} as const
export const POD_MONITOR = {
  apiVersion: MONITORING_API_VERSION,
  kind: 'PodMonitor',
  plural: 'podmonitors',
} as const

/** Every kind that `renderGate` may return: what is watched for drift, and searched for what is no longer wanted. */
export const RENDERED_KINDS: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  SERVICE,
  DEPLOYMENT,
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies' },
  SERVICE_MONITOR,
  POD_MONITOR,
]

/** What a gate's objects depend on, beside the gate. */
export interface Surroundings {
  readonly facts: ClusterFacts
  /** Image of the proxy and the like, for gates that name none. */
  readonly options: SidecarOptions
  /** Pods have a sidecar of the gate, whatever its mode is now. */
  readonly sidecarsRemain: boolean
  /** For each shard of the aggregator the replica that Prometheus is led to. */
  readonly serving: readonly number[]
}

/**
 * All objects that the gate should have in the cluster, complete for server-side apply, each owned by the gate. A pure
 * function: equal input gives equal objects, byte for byte.
 */
export function renderGate(gate: MetricGate, surroundings: Surroundings): KubernetesObject[] {
  switch (gate.spec.mode) {
    case 'Sidecar':
      return sidecarObjects(gate, surroundings)
    case 'DNS':
      return [
        // Sidecars from before the gate's mode changed go on until their pods are replaced.
        ...(surroundings.sidecarsRemain ? [renderConfigMap(gate)] : []),
        renderTargetsService(gate),
        ...aggregatorObjects(gate, surroundings),
      ]
    case 'Subset':
      return [...sidecarObjects(gate, surroundings), ...aggregatorObjects(gate, surroundings)]
  }
}

function sidecarObjects(gate: MetricGate, { facts }: Surroundings): KubernetesObject[] {
  return [renderConfigMap(gate), renderService(gate), ...present(renderMonitor(gate, facts))]
}

function aggregatorObjects(gate: MetricGate, { facts, options, serving }: Surroundings): KubernetesObject[] {
  const { shards, networkPolicy } = gate.spec.aggregator
  const services = Array.from({ length: shards }, (_, shard) =>
    renderAggregatorService(gate, { shard, replica: serving[shard] ?? 0 }),
  )
  return [
    renderAggregatorConfigMap(gate),
    ...aggregatorMembers(gate).map(member => renderAggregator(gate, member, options)),
    ...services,
    ...(networkPolicy.enabled ? [renderNetworkPolicy(gate)] : []),
    ...present(renderAggregatorMonitor(gate, facts)),
  ]
}

function present<T>(object: T | undefined): T[] {
  return object === undefined ? [] : [object]
}
