import { createHash } from 'node:crypto'
import type { V1ConfigMap } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import type { ProxyConfigFile } from '../../proxy/config.ts'
import { aggregatorConfigFile } from '../api/aggregator-config.ts'
import { aggregatorName, CONFIG_KEY, FIELD_MANAGER, shardConfigKey } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { sidecarConfigFile } from '../api/proxy-config.ts'
import { objectMetadata } from './metadata.ts'
import { oncePer } from './once.ts'

/** The text of the sidecars' configuration file: the same bytes for the same gate. Every reconciliation asks for it, several times. */
export const renderSidecarConfig = oncePer((gate: MetricGate): string =>
  renderFile(gate, 'the sidecars', sidecarConfigFile(gate)),
)

/** The text of the configuration file of one shard of the aggregator. */
export function renderAggregatorConfig(gate: MetricGate, shard: number): string {
  return renderFile(gate, 'the aggregator', aggregatorConfigFile(gate, shard))
}

/** Hash of the configuration of the gate's proxies: 16 hexadecimal digits of SHA-256, as `status.configHash` shows it. */
export function configHash(gate: MetricGate): string {
  const hash = createHash('sha256')
  if (gate.spec.mode !== 'DNS') hash.update(renderSidecarConfig(gate))
  if (gate.spec.mode !== 'Sidecar') hash.update(JSON.stringify(shardConfigs(gate)))
  return hash.digest('hex').slice(0, 16)
}

/** The ConfigMap that the gate's sidecars mount. */
export function renderConfigMap(gate: MetricGate): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMetadata(gate, 'sidecars'),
    data: { [CONFIG_KEY]: renderSidecarConfig(gate) },
  }
}

/** The ConfigMap that the aggregator mounts: a file for each shard. */
export function renderAggregatorConfigMap(gate: MetricGate): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMetadata(gate, 'aggregator', { name: aggregatorName(gate.metadata.name) }),
    data: shardConfigs(gate),
  }
}

const shardConfigs = oncePer((gate: MetricGate): Record<string, string> => {
  const { shards } = gate.spec.aggregator
  const files = Array.from({ length: shards }, (_, shard) => [
    shardConfigKey(shard, shards),
    renderAggregatorConfig(gate, shard),
  ])
  return Object.fromEntries(files)
})

function renderFile(gate: MetricGate, of: string, file: ProxyConfigFile): string {
  const { namespace, name } = gate.metadata
  return [
    `# Configuration of ${of} of MetricGate ${namespace}/${name}.`,
    `# ${FIELD_MANAGER} writes this file and undoes other changes: edit the MetricGate.`,
    stringify(file, { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join('\n')
}
