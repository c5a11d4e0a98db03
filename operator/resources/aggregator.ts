import type { V1Deployment, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node'
import {
  AGGREGATOR_LABEL,
  aggregatorName,
  DEFAULT_PROXY_PORT,
  FIELD_MANAGER,
  INJECT_ANNOTATION,
  PORT_NAME,
  REPLICA_LABEL,
  SHARD_LABEL,
  shardConfigKey,
} from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import {
  CONFIG_DIRECTORY,
  livenessProbe,
  proxyArguments,
  resourcesOf,
  restricted,
  USER,
} from './container.ts'
import { objectMetadata } from './metadata.ts'
import { policySources } from './policy-sources.ts'
import type { SidecarOptions } from './sidecar.ts'

/** One of the aggregators of a gate: its share of the series, and which of several equal ones; both counted from 0. */
export interface AggregatorMember {
  readonly shard: number
  readonly replica: number
}

/** No limit of CPU, as for the sidecar. Memory: 16 bytes for each series of each target, and what the outputs need. */
const DEFAULT_RESOURCES: V1ResourceRequirements = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '1Gi' },
}
/** A node that is lost costs half a minute more, and not the five minutes of Kubernetes' default. */
const LOST_NODE_SECONDS = 30
const REVISIONS_KEPT = 2

/** All aggregators of the gate, none in mode Sidecar. */
export function aggregatorMembers({ spec }: MetricGate): AggregatorMember[] {
  if (spec.mode === 'Sidecar') return []
  const { shards, replicas } = spec.aggregator
  return Array.from({ length: shards * replicas }, (_, index) => ({
    shard: Math.floor(index / replicas),
    replica: index % replicas,
  }))
}

/** Name of the Deployment. */
export function memberName({ metadata }: MetricGate, { shard, replica }: AggregatorMember): string {
  return aggregatorName(metadata.name, shard, replica)
}

/**
 * Labels of one aggregator's pods. None of them is one that applications use: a gate's selector that matches them would
 * have the aggregator scrape itself.
 */
export function memberLabels({ metadata }: MetricGate, { shard, replica }: AggregatorMember) {
  return { ...shardLabels(metadata.name, shard), [REPLICA_LABEL]: String(replica) }
}

/**
 * The Deployment of one aggregator: always one pod, because two behind one Service would be scraped both, or in turns. A
 * second replica is a second Deployment, to which the Service is led when the first is not available.
 *
 * The pod restarts when its template changes: command line, image, resources, what policies are read from. The configuration
 * is no part of it, nor is its hash: the proxy reads the mounted file again when it changes, and a restart would begin all
 * counters anew.
 */
export function renderAggregator(
  gate: MetricGate,
  member: AggregatorMember,
  options: SidecarOptions,
): V1Deployment {
  const labels = memberLabels(gate, member)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: objectMetadata(gate, 'aggregator', { name: memberName(gate, member), labels }),
    spec: {
      replicas: 1,
      revisionHistoryLimit: REVISIONS_KEPT,
      // A new one that does not become ready does not take the old one's place.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels: {
            'app.kubernetes.io/name': 'metricgate',
            'app.kubernetes.io/managed-by': FIELD_MANAGER,
            ...labels,
          },
          // A gate whose selector matches everything does not mean us.
          annotations: { [INJECT_ANNOTATION]: 'false' },
        },
        spec: podSpec(gate, member, options),
      },
    },
  }
}

function shardLabels(gateName: string, shard: number): Record<string, string> {
  return { [AGGREGATOR_LABEL]: gateName, [SHARD_LABEL]: String(shard) }
}

function podSpec(gate: MetricGate, { shard }: AggregatorMember, options: SidecarOptions): V1PodSpec {
  const { proxy, aggregator } = gate.spec
  const port = proxy.port ?? DEFAULT_PROXY_PORT
  const imagePullPolicy = proxy.imagePullPolicy ?? options.imagePullPolicy
  // In mode Subset the sidecars have applied the policies. Its own pod and node are not those of the application.
  const policies = gate.spec.mode === 'DNS' ? policySources(gate.spec, []) : undefined
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'aggregator',
        image: proxy.image ?? options.proxyImage,
        ...(imagePullPolicy && { imagePullPolicy }),
        args: proxyArguments(shardConfigKey(shard, aggregator.shards), port),
        ...(policies && policies.env.length > 0 && { env: [...policies.env] }),
        ports: [{ name: PORT_NAME, containerPort: port, protocol: 'TCP' }],
        volumeMounts: [
          { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
          ...(policies?.volumeMounts ?? []),
        ],
        resources: resourcesOf(aggregator.resources, DEFAULT_RESOURCES),
        livenessProbe: livenessProbe(),
        readinessProbe: {
          httpGet: { path: '/_ready', port: PORT_NAME },
          periodSeconds: 5,
          timeoutSeconds: 5,
        },
        securityContext: restricted(options.user ?? USER),
        terminationMessagePolicy: 'FallbackToLogsOnError',
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: aggregatorName(gate.metadata.name) } },
      ...(policies?.volumes ?? []),
    ],
    tolerations: ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map(key => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: LOST_NODE_SECONDS,
    })),
    // Those that stand by are best on other nodes than the one that serves.
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: shardLabels(gate.metadata.name, shard) },
      },
    ],
  }
}
