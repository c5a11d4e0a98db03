import type { V1Service, V1ServicePort } from '@kubernetes/client-node'
import {
  DEFAULT_PROXY_PORT,
  distinctPorts,
  GATE_LABEL,
  PORT_NAME,
  TARGETS_LABEL,
  targetPortName,
  targetsServiceName,
} from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { objectMetadata } from './metadata.ts'

/**
 * The headless Service over the sidecars of the gate. Its target port is a name, because a sidecar takes another port
 * where a container of its pod has the usual one; named ports of native sidecars reach Services from Kubernetes 1.33.
 */
export function renderService(gate: MetricGate): V1Service {
  const { name } = gate.metadata
  const labels = gate.spec.mode === 'Subset' ? { [TARGETS_LABEL]: name } : {}
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(gate, 'sidecars', { labels }),
    spec: {
      clusterIP: 'None',
      // A pod that is not ready is the one whose metrics are wanted most.
      publishNotReadyAddresses: true,
      selector: { [GATE_LABEL]: name },
      ports: [proxyPort(gate)],
    },
  }
}

/** The headless Service that resolves to the pods that the aggregator of a DNS gate reads, with a port for each of theirs. */
export function renderTargetsService(gate: MetricGate): V1Service {
  const { name } = gate.metadata
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(gate, 'targets', {
      name: targetsServiceName(name),
      labels: { [TARGETS_LABEL]: name },
    }),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: gate.spec.selector?.matchLabels ?? {},
      ports: targetPorts(gate),
    },
  }
}

/** The port of a Service that leads to proxies of the gate. */
export function proxyPort(gate: MetricGate): V1ServicePort {
  return {
    name: PORT_NAME,
    port: gate.spec.proxy.port ?? DEFAULT_PROXY_PORT,
    targetPort: PORT_NAME,
    protocol: 'TCP',
  }
}

/** A headless Service leads to target ports: its own number means nothing, and must only differ from the others. */
function targetPorts(gate: MetricGate): V1ServicePort[] {
  const ports = distinctPorts(gate.spec.targets)
  const taken = new Set(ports.filter(port => typeof port === 'number'))
  return ports.map((targetPort, index) => {
    const port = typeof targetPort === 'number' ? targetPort : freePort(taken)
    taken.add(port)
    return { name: targetPortName(index), port, targetPort, protocol: 'TCP' }
  })
}

function freePort(taken: ReadonlySet<number>): number {
  let port = 1
  while (taken.has(port)) port++
  return port
}
