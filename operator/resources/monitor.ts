import type { KubernetesObject } from '@kubernetes/client-node'
import { GATE_LABEL, PORT_NAME } from '../api/labels.ts'
import type { MetricGate, Monitor } from '../api/metricgate.ts'
import { objectMetadata, ownLabels } from './metadata.ts'

/** `apiVersion` of the Prometheus operator's monitors. */
export const MONITORING_API_VERSION = 'monitoring.coreos.com/v1'

/** Which of the Prometheus operator's kinds the cluster has. */
export interface ClusterFacts {
  readonly serviceMonitors: boolean
  readonly podMonitors: boolean
}

/** A ServiceMonitor or PodMonitor, as far as the operator writes it. */
export interface MonitorObject extends KubernetesObject {
  readonly spec: Record<string, unknown>
}

/** The kind of monitor that the gate asks for although the cluster does not have it. */
export function missingMonitorKind(gate: MetricGate, facts: ClusterFacts): Monitor['kind'] | undefined {
  const { enabled, kind } = gate.spec.monitor
  return enabled && !hasKind(kind, facts) ? kind : undefined
}

/** The gate's ServiceMonitor or PodMonitor; `undefined` where it wants none, or the cluster does not have the kind. */
export function renderMonitor(gate: MetricGate, facts: ClusterFacts): MonitorObject | undefined {
  const { enabled, kind, labels } = gate.spec.monitor
  if (!enabled || !hasKind(kind, facts)) return undefined
  return {
    apiVersion: MONITORING_API_VERSION,
    kind,
    metadata: objectMetadata(gate, labels),
    spec: kind === 'ServiceMonitor' ? serviceMonitorSpec(gate) : podMonitorSpec(gate),
  }
}

function hasKind(kind: Monitor['kind'], facts: ClusterFacts): boolean {
  return kind === 'ServiceMonitor' ? facts.serviceMonitors : facts.podMonitors
}

// The job is called like the gate: Service and pods both carry its name in this label.
function serviceMonitorSpec(gate: MetricGate): Record<string, unknown> {
  return {
    jobLabel: GATE_LABEL,
    selector: { matchLabels: ownLabels(gate.metadata.name) },
    endpoints: [endpoint(gate.spec.monitor)],
  }
}

function podMonitorSpec(gate: MetricGate): Record<string, unknown> {
  return {
    jobLabel: GATE_LABEL,
    selector: { matchLabels: { [GATE_LABEL]: gate.metadata.name } },
    podMetricsEndpoints: [endpoint(gate.spec.monitor)],
  }
}

function endpoint({ interval, scrapeTimeout }: Monitor): Record<string, unknown> {
  return {
    port: PORT_NAME,
    path: '/metrics',
    honorLabels: false,
    ...(interval !== undefined && { interval }),
    ...(scrapeTimeout !== undefined && { scrapeTimeout }),
  }
}
