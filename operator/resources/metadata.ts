import type { V1ObjectMeta } from '@kubernetes/client-node'
import {
  API_VERSION,
  COMPONENT_LABEL,
  type Component,
  FIELD_MANAGER,
  GATE_LABEL,
  KIND,
  objectName,
} from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'

/** Labels by which the objects of a gate are found, and by which a ServiceMonitor finds the Services of one component. */
export function ownLabels(gateName: string, component: Component): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': FIELD_MANAGER,
    [GATE_LABEL]: gateName,
    [COMPONENT_LABEL]: component,
  }
}

/**
 * Metadata of an object of the gate. The owner reference lets Kubernetes delete the object with the gate: no
 * finalizer, so a namespace can always be deleted. `labels` are further ones; they cannot replace ours.
 */
export function objectMetadata(
  gate: MetricGate,
  component: Component,
  {
    name = objectName(gate.metadata.name),
    labels = {},
  }: { name?: string; labels?: Readonly<Record<string, string>> } = {},
): V1ObjectMeta {
  const { name: gateName, namespace, uid } = gate.metadata
  return {
    name,
    namespace,
    labels: {
      ...labels,
      'app.kubernetes.io/name': 'metricgate',
      'app.kubernetes.io/instance': gateName,
      ...ownLabels(gateName, component),
    },
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: KIND,
        name: gateName,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
}
