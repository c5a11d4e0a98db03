import type { V1Service } from '@kubernetes/client-node'
import { DEFAULT_PROXY_PORT, GATE_LABEL, PORT_NAME } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { objectMetadata } from './metadata.ts'

/**
 * The headless Service over the sidecars of the gate. Its target port is a name, because a sidecar takes another port
 * where a container of its pod has the usual one; named ports of native sidecars reach Services from Kubernetes 1.33.
 */
export function renderService(gate: MetricGate): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(gate),
    spec: {
      clusterIP: 'None',
      // A pod that is not ready is the one whose metrics are wanted most.
      publishNotReadyAddresses: true,
      selector: { [GATE_LABEL]: gate.metadata.name },
      ports: [
        {
          name: PORT_NAME,
          port: gate.spec.proxy.port ?? DEFAULT_PROXY_PORT,
          targetPort: PORT_NAME,
          protocol: 'TCP',
        },
      ],
    },
  }
}
