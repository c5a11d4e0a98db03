import type { KubernetesObject } from '@kubernetes/client-node'
import {
  AGGREGATOR_LABEL,
  aggregatorName,
  type Component,
  GATE_LABEL,
  objectName,
  PORT_NAME,
} from '../api/labels.ts'
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

/** The ServiceMonitor or PodMonitor of the gate's sidecars; `undefined` where it wants none, or the cluster does not have the kind. */
export function renderMonitor(gate: MetricGate, facts: ClusterFacts): MonitorObject | undefined {
  const pods = { [GATE_LABEL]: gate.metadata.name }
  return monitorOf(gate, facts, {
    component: 'sidecars',
    name: objectName(gate.metadata.name),
    pods,
    podJobLabel: GATE_LABEL,
    endpoint: endpoint(gate.spec.monitor),
  })
}

/** The monitor of the gate's aggregator, under the same conditions. */
export function renderAggregatorMonitor(gate: MetricGate, facts: ClusterFacts): MonitorObject | undefined {
  const { metadata, spec } = gate
  const subset = spec.subsets.find(({ aggregate }) => aggregate)
  // The sidecars are a job of the gate's name already: what is added up over them is another one.
  const relabelings = subset && [{ targetLabel: 'job', replacement: `${metadata.name}-${subset.name}` }]
  return monitorOf(gate, facts, {
    component: 'aggregator',
    name: aggregatorName(metadata.name),
    pods: { [AGGREGATOR_LABEL]: metadata.name },
    podJobLabel: AGGREGATOR_LABEL,
    endpoint: { ...endpoint(spec.monitor), ...(relabelings && { relabelings }) },
  })
}

interface Scraped {
  readonly component: Component
  /** Name of the monitor. */
  readonly name: string
  /** Labels of the pods, for a PodMonitor. */
  readonly pods: Readonly<Record<string, string>>
  /** The label of theirs that names the gate, hence the job. */
  readonly podJobLabel: string
  readonly endpoint: Readonly<Record<string, unknown>>
}

function monitorOf(gate: MetricGate, facts: ClusterFacts, scraped: Scraped): MonitorObject | undefined {
  const { enabled, kind, labels } = gate.spec.monitor
  if (!enabled || !hasKind(kind, facts)) return undefined
  const { component, name, pods, podJobLabel, endpoint } = scraped
  return {
    apiVersion: MONITORING_API_VERSION,
    kind,
    metadata: objectMetadata(gate, component, { name, labels }),
    spec:
      kind === 'ServiceMonitor'
        ? {
            jobLabel: GATE_LABEL,
            selector: { matchLabels: ownLabels(gate.metadata.name, component) },
            endpoints: [endpoint],
          }
        : { jobLabel: podJobLabel, selector: { matchLabels: pods }, podMetricsEndpoints: [endpoint] },
  }
}

function hasKind(kind: Monitor['kind'], facts: ClusterFacts): boolean {
  return kind === 'ServiceMonitor' ? facts.serviceMonitors : facts.podMonitors
}

/**
 * The labels of the scrape come before those of the samples (`honorLabels: false`), for an aggregator too: the label `target`
 * of its own metrics is in nobody's way, and `pod` and `instance` must tell two aggregators apart, whose counters differ.
 */
function endpoint({ interval, scrapeTimeout }: Monitor): Record<string, unknown> {
  return {
    port: PORT_NAME,
    path: '/metrics',
    honorLabels: false,
    ...(interval !== undefined && { interval }),
    ...(scrapeTimeout !== undefined && { scrapeTimeout }),
  }
}
