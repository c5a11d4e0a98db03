import type { V1ObjectMeta } from '@kubernetes/client-node'
import { API_VERSION, FIELD_MANAGER, GATE_LABEL, KIND, objectName } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'

/** Labels by which the objects of a gate are found, and by which its Service is found by the ServiceMonitor. */
export function ownLabels(gateName: string): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': FIELD_MANAGER, [GATE_LABEL]: gateName }
}

/**
 * Metadata of an object of the gate. The owner reference lets Kubernetes delete the object with the gate: no
 * finalizer, so a namespace can always be deleted. `labels` are further ones; they cannot replace ours.
 */
export function objectMetadata(gate: MetricGate, labels: Record<string, string> = {}): V1ObjectMeta {
  const { name, namespace, uid } = gate.metadata
  return {
    name: objectName(name),
    namespace,
    labels: {
      ...labels,
      'app.kubernetes.io/name': 'metricgate',
      'app.kubernetes.io/instance': name,
      ...ownLabels(name),
    },
    ownerReferences: [
      { apiVersion: API_VERSION, kind: KIND, name, uid, controller: true, blockOwnerDeletion: true },
    ],
  }
}
