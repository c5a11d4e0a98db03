import type { V1Service } from '@kubernetes/client-node'
import { aggregatorName, REPLICA_LABEL } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { type AggregatorMember, memberLabels } from './aggregator.ts'
import { objectMetadata } from './metadata.ts'
import { proxyPort } from './service.ts'

/**
 * The Service by which Prometheus finds one shard of the aggregator. It selects the pods of exactly one replica, so that two
 * are never scraped for one: readiness could not do that, since Prometheus scrapes what is not ready, too. The choice is
 * written down in its label, where the operator finds it again after a restart.
 */
export function renderAggregatorService(gate: MetricGate, serving: AggregatorMember): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(gate, 'aggregator', {
      name: aggregatorName(gate.metadata.name, serving.shard),
      labels: { [REPLICA_LABEL]: String(serving.replica) },
    }),
    spec: {
      clusterIP: 'None',
      selector: memberLabels(gate, serving),
      ports: [proxyPort(gate)],
    },
  }
}
