import type { V1NetworkPolicy, V1NetworkPolicyEgressRule } from '@kubernetes/client-node'
import { AGGREGATOR_LABEL, aggregatorName, distinctPorts, GATE_LABEL, PORT_NAME } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { objectMetadata } from './metadata.ts'

/** 5353: where the DNS pods of OpenShift listen behind port 53 of their Service. */
const DNS_PORTS = [53, 5353]

/** The NetworkPolicy of the aggregator's pods: in to their port, out to their targets' ports, to DNS and to policy servers. */
export function renderNetworkPolicy(gate: MetricGate): V1NetworkPolicy {
  const { name } = gate.metadata
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: objectMetadata(gate, 'aggregator', { name: aggregatorName(name) }),
    spec: {
      podSelector: { matchLabels: { [AGGREGATOR_LABEL]: name } },
      policyTypes: ['Ingress', 'Egress'],
      // From anywhere: where Prometheus runs cannot be known here.
      ingress: [{ ports: [{ port: PORT_NAME, protocol: 'TCP' }] }],
      egress: [toTargets(gate), toDns(), ...toPolicyServers(gate)],
    },
  }
}

function toTargets({ metadata, spec }: MetricGate): V1NetworkPolicyEgressRule {
  const matchLabels = spec.mode === 'Subset' ? { [GATE_LABEL]: metadata.name } : spec.selector?.matchLabels
  const ports = spec.mode === 'Subset' ? [PORT_NAME] : distinctPorts(spec.targets)
  return {
    to: [{ podSelector: { ...(matchLabels && { matchLabels }) } }],
    ports: ports.map(port => ({ port, protocol: 'TCP' })),
  }
}

function toDns(): V1NetworkPolicyEgressRule {
  return { ports: DNS_PORTS.flatMap(port => ['UDP', 'TCP'].map(protocol => ({ port, protocol }))) }
}

/** By their ports alone: a policy has no names of hosts. */
function toPolicyServers({ spec }: MetricGate): V1NetworkPolicyEgressRule[] {
  if (spec.mode !== 'DNS') return []
  const urls = spec.policyProviders.flatMap(({ http }) => (http === undefined ? [] : [new URL(http.url)]))
  const ports = new Set(urls.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)))
  return ports.size === 0 ? [] : [{ ports: [...ports].map(port => ({ port, protocol: 'TCP' })) }]
}
