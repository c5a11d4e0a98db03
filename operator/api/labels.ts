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
/** Field manager of every server-side apply of the operator, and value of `app.kubernetes.io/managed-by`. */
export const FIELD_MANAGER = 'metricgate-operator'

/** Name of the sidecar's container port, and of the Service port that leads to it. */
export const PORT_NAME = 'metricgate'
/** Port on which a sidecar listens unless the gate says otherwise or a container of the pod has taken it. */
export const DEFAULT_PROXY_PORT = 9464
/** Key of the gate's ConfigMap under which the proxy's configuration file stands. */
export const CONFIG_KEY = 'config.yaml'

/** What stands before the gate's name in the names of its objects. */
const OBJECT_NAME_PREFIX = 'metricgate-'
/** Longest name of a gate: its Service's name is a DNS label of at most 63 characters. */
export const GATE_NAME_LENGTH_MAX = 63 - OBJECT_NAME_PREFIX.length

/** Name of everything that is made for the gate: ConfigMap, Service, ServiceMonitor or PodMonitor. */
export function objectName(gateName: string): string {
  return `${OBJECT_NAME_PREFIX}${gateName}`
}

/** Name of the ConfigMap that holds the configuration of the gate's proxies. */
export function configMapName(gateName: string): string {
  return objectName(gateName)
}
