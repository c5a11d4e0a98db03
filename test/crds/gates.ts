import type { KubernetesObject } from '@kubernetes/client-node'
import { API_VERSION, KIND } from '../../operator/api/labels.ts'

/** A MetricGate as a user would send it. */
export interface SubmittedGate extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

/** The least that a spec has. */
export const TARGETS = { targets: [{ port: 8080 }] }

/** A gate with the least that it needs, and `spec` over it. */
export function gateWith(spec: Record<string, unknown> = {}, name = 'shop'): SubmittedGate {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace: 'default' },
    spec: { ...TARGETS, ...spec },
  }
}

/** The gate as the API server would store it: with the identity that it gives to every object. */
export function stored(gate: SubmittedGate): SubmittedGate {
  return {
    ...gate,
    metadata: { ...gate.metadata, uid: '7f0c1d1e-0000-4000-8000-000000000001', generation: 1 },
  }
}
