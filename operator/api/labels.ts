import { createHash } from 'node:crypto'

/** Names that the operator, the webhook, the sidecar and the user's manifests agree on. */

/** API group of MetricGate. */
export const GROUP = 'metricgate.io'
/** Version of the API that this operator serves. */
export const VERSION = 'v1alpha1'
/** `apiVersion` of a MetricGate. */
export const API_VERSION = `${GROUP}/${VERSION}`
/** `kind` of a MetricGate. */
export const KIND = 'MetricGate'
/** Plural resource name, as it stands in API paths. */
export const PLURAL = 'metricgates'

/** Label on pods with a sidecar, and on every object that belongs to a gate: the gate's name. */
export const GATE_LABEL = 'metricgate.io/gate'
/** Annotation on pods: a gate's name, "true" (find the gate) or "false" (never inject). */
export const INJECT_ANNOTATION = 'metricgate.io/inject'
/** Annotation that the webhook leaves on a pod: hash of what was injected. */
export const INJECTED_ANNOTATION = 'metricgate.io/injected'
/** Annotation that the webhook leaves on a pod that has a gate and cannot have its sidecar: why, `ObstacleReason`. */
export const NOT_INJECTED_ANNOTATION = 'metricgate.io/not-injected'
/** Annotation on a pod template, and so on its pods: `rolloutTarget` for which the operator has restarted the workload. */
export const RESTARTED_ANNOTATION = 'metricgate.io/restarted-for'
/** Field manager of that annotation. */
export const ROLLOUT_FIELD_MANAGER = 'metricgate-rollout'
/** Field manager of every server-side apply of a gate's objects, and value of `app.kubernetes.io/managed-by`. */
export const FIELD_MANAGER = 'metricgate-operator'

/** Name of the sidecar's container port, and of the Service port that leads to it. */
export const PORT_NAME = 'metricgate'
/** Port on which a sidecar listens unless the gate says otherwise or a container of the pod has taken it. */
export const DEFAULT_PROXY_PORT = 9464
/** Key of the gate's ConfigMap under which the proxy's configuration file stands. */
export const CONFIG_KEY = 'config.yaml'

/** Label on objects of a gate: to which part of it they belong, `Component`. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component'
/** Label on the pods of an aggregator: the gate's name. They do not carry `GATE_LABEL`, which means a sidecar. */
export const AGGREGATOR_LABEL = 'metricgate.io/aggregator'
/** Label on an aggregator's objects and pods: its share of the series, counted from 0. */
export const SHARD_LABEL = 'metricgate.io/shard'
/** Label on an aggregator's objects and pods: which of several equal ones, counted from 0. On its Service: the one that is scraped. */
export const REPLICA_LABEL = 'metricgate.io/replica'
/** Label on the Service by which an aggregator finds its targets, and so on the EndpointSlices of that: the gate's name. */
export const TARGETS_LABEL = 'metricgate.io/targets'

/** Part of a gate: its sidecars, its aggregator, or the pods that this reads without sidecars. */
export type Component = 'sidecars' | 'aggregator' | 'targets'

/**
 * What stands before the gate's name in the names of its objects. Nothing is put behind it: the objects of a gate "shop" and of
 * a gate "shop-targets" would meet.
 */
const SIDECARS_PREFIX = 'metricgate-'
const AGGREGATOR_PREFIX = 'mg-aggregator-'
const TARGETS_PREFIX = 'mg-targets-'
/** Longest DNS label, which the name of a Service is. */
const NAME_LENGTH_MAX = 63
/** Longest name of a gate: the name of its sidecars' Service is a DNS label. */
export const GATE_NAME_LENGTH_MAX = NAME_LENGTH_MAX - SIDECARS_PREFIX.length

/** Name of what is made for the gate's sidecars: ConfigMap, Service, ServiceMonitor or PodMonitor. */
export function objectName(gateName: string): string {
  return `${SIDECARS_PREFIX}${gateName}`
}

/** Name of the ConfigMap that holds the configuration of the gate's sidecars. */
export function configMapName(gateName: string): string {
  return objectName(gateName)
}

/**
 * Name of what is made for the gate's aggregator: ConfigMap, NetworkPolicy and monitor have no `numbers`, the Service of a
 * shard has the shard's, a Deployment also its replica's.
 */
export function aggregatorName(gateName: string, ...numbers: readonly number[]): string {
  return bounded([AGGREGATOR_PREFIX, ...numbers.map(number => `${number}-`)].join(''), gateName)
}

/** Name of the headless Service that resolves to the pods that the aggregator of a DNS gate reads. */
export function targetsServiceName(gateName: string): string {
  return bounded(TARGETS_PREFIX, gateName)
}

/** A DNS label: a hash stands for the end of a name that is too long. */
function bounded(prefix: string, gateName: string): string {
  const name = `${prefix}${gateName}`
  if (name.length <= NAME_LENGTH_MAX) return name
  const hash = createHash('sha256').update(gateName).digest('hex').slice(0, 8)
  return `${name.slice(0, NAME_LENGTH_MAX - hash.length - 1)}-${hash}`
}

/** Name of the port of that Service for a target's port: the `index`-th of the distinct ports. */
export function targetPortName(index: number): string {
  return `target-${index}`
}

/** The distinct ports of the targets, in their order. */
export function distinctPorts(targets: readonly { readonly port: number | string }[]): (number | string)[] {
  return [...new Set(targets.map(({ port }) => port))]
}

/**
 * Key of the aggregator's ConfigMap under which the configuration of one shard stands. With the number of shards the command
 * line changes, so that all restart: each reading its file anew in its own time, they would hold series twice meanwhile.
 */
export function shardConfigKey(shard: number, shards: number): string {
  return `shard-${shard}-of-${shards}.yaml`
}
