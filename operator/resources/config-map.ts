import { createHash } from 'node:crypto'
import type { V1ConfigMap } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import { CONFIG_KEY, FIELD_MANAGER } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { proxyConfigFile } from '../api/proxy-config.ts'
import { objectMetadata } from './metadata.ts'

/** The text of the proxy's configuration file: the same bytes for the same gate. */
export function renderProxyConfig(gate: MetricGate): string {
  const { namespace, name } = gate.metadata
  return [
    `# Configuration of the proxies of MetricGate ${namespace}/${name}.`,
    `# ${FIELD_MANAGER} writes this file and undoes other changes: edit the MetricGate.`,
    stringify(proxyConfigFile(gate), { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join('\n')
}

/** Hash of the configuration of the gate's proxies: 16 hexadecimal digits of SHA-256, as `status.configHash` shows it. */
export function configHash(gate: MetricGate): string {
  return createHash('sha256').update(renderProxyConfig(gate)).digest('hex').slice(0, 16)
}

/** The ConfigMap that the gate's sidecars mount. */
export function renderConfigMap(gate: MetricGate): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMetadata(gate),
    data: { [CONFIG_KEY]: renderProxyConfig(gate) },
  }
}
