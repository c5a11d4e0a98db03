import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { type MetricGate, type MetricGateInput, metricGateSchema } from '../../../operator/api/metricgate.ts'
import type { SidecarOptions } from '../../../operator/resources/sidecar.ts'
import type { NamespaceGates } from '../../../operator/webhook/choose-gate.ts'

/** Namespace of all gates and pods here. */
export const NAMESPACE = 'shop'
/** What the operator is started with. */
export const OPTIONS: SidecarOptions = { proxyImage: 'registry.example.com/metricgate-proxy:1.0.0' }

/** A gate with its defaults, for port 8080 of the application unless `spec` says otherwise. */
export function gate(
  name: string,
  spec: Partial<MetricGateInput['spec']> = {},
  namespace = NAMESPACE,
): MetricGate {
  return metricGateSchema.parse({
    apiVersion: 'metricgate.io/v1alpha1',
    kind: 'MetricGate',
    metadata: { name, namespace, uid: `uid-of-${name}` },
    spec: { targets: [{ port: 8080 }], ...spec },
  })
}

/** The gates of the namespace. */
export function gates(...of: MetricGate[]): NamespaceGates {
  return { namespace: NAMESPACE, gates: of }
}

/** A pod that is about to be created, with one container, "app". */
export function pod(
  annotations: Record<string, string> | undefined,
  { labels, ...spec }: Partial<V1PodSpec> & { labels?: Record<string, string> } = {},
): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'app-',
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: { containers: [app()], ...spec },
  }
}

/** A container that serves HTTP on port 8080. */
export function app(more: Partial<V1Container> = {}): V1Container {
  return { name: 'app', image: 'app:1', ports: [{ name: 'http', containerPort: 8080 }], ...more }
}

/** Opts in to the gate. */
export function optIn(value: string): Record<string, string> {
  return { 'metricgate.io/inject': value }
}
