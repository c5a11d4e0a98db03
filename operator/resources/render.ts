import type { KubernetesObject } from '@kubernetes/client-node'
import type { MetricGate } from '../api/metricgate.ts'
import { renderConfigMap } from './config-map.ts'
import { type ClusterFacts, MONITORING_API_VERSION, renderMonitor } from './monitor.ts'
import { renderService } from './service.ts'

export { configHash } from './config-map.ts'
export { type ClusterFacts, missingMonitorKind } from './monitor.ts'

/** A kind of object that a gate can have, with its name in API paths. */
export interface RenderedKind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
}

/** Every kind that `renderGate` may return: what is watched for drift, and searched for what is no longer wanted. */
export const RENDERED_KINDS: readonly RenderedKind[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  { apiVersion: MONITORING_API_VERSION, kind: 'ServiceMonitor', plural: 'servicemonitors' },
  { apiVersion: MONITORING_API_VERSION, kind: 'PodMonitor', plural: 'podmonitors' },
]

/**
 * All objects that the gate should have in the cluster, complete for server-side apply, each owned by the gate. A pure
 * function: equal input gives equal objects, byte for byte. Only mode Sidecar is available so far: other modes have none.
 */
export function renderGate(gate: MetricGate, facts: ClusterFacts): KubernetesObject[] {
  if (gate.spec.mode !== 'Sidecar') return []
  const monitor = renderMonitor(gate, facts)
  return [renderConfigMap(gate), renderService(gate), ...(monitor === undefined ? [] : [monitor])]
}
