import { createHash } from 'node:crypto'
import type { ProxyConfigFile } from '../../proxy/config.ts'
import { literal } from './literal.ts'
import type { MetricGate } from './metricgate.ts'
import type { KeyRef, PolicyProvider } from './policy-provider.ts'

type ProviderFile = NonNullable<ProxyConfigFile['policy_providers']>[number]

/** Directory below which each ConfigMap with policies is mounted under its own name. */
const POLICIES_DIRECTORY = '/etc/metricgate-policies'

/** Where a ConfigMap with policies is mounted in a pod. */
export function policyDirectory(configMapName: string): string {
  return `${POLICIES_DIRECTORY}/${configMapName}`
}

/**
 * Name of the variable that holds the value of a header. It is made of the reference and not of the place in the list: a
 * pod may have the variables of an earlier list, and must not send one server's secret to another.
 */
export function headerVariable({ name, key }: KeyRef): string {
  const hash = createHash('sha256').update(`${name}/${key}`).digest('hex').slice(0, 16)
  return `POLICY_HEADER_${hash.toUpperCase()}`
}

/** The resource attribute that all pods of a gate have in common. */
export const NAMESPACE_ATTRIBUTE = 'k8s.namespace.name'

/** What a proxy that applies the gate's policies is told about them. */
export function policyKeys({
  metadata,
  spec,
}: MetricGate): Pick<ProxyConfigFile, 'policies' | 'policy_providers' | 'service'> {
  const { policies, policyProviders } = spec
  if (policies.length === 0 && policyProviders.length === 0) return {}
  return {
    // As they are: the proxy looks for no variables in them.
    ...(policies.length > 0 && { policies }),
    ...(policyProviders.length > 0 && { policy_providers: policyProviders.map(providerFile) }),
    // Here and not only in the pod: a policy for all namespaces but one must not drop what it means to keep, until pods are replaced.
    service: { resource_attributes: { [NAMESPACE_ATTRIBUTE]: metadata.namespace } },
  }
}

function providerFile({ configMap, http }: PolicyProvider): ProviderFile {
  if (configMap !== undefined)
    return { type: 'file', path: `${policyDirectory(configMap.name)}/${configMap.key}` }
  if (http === undefined) throw new Error('BUG: a provider without a kind passed its schema')
  return {
    type: 'http',
    url: literal(http.url),
    ...(http.pollInterval !== undefined && { poll_interval: http.pollInterval }),
    content_type: http.encoding === 'JSON' ? 'json' : 'protobuf',
    // Empty where a pod does not have the variable: its proxy has to be able to serve.
    headers: http.headers.map(({ name, value, valueFrom }) => ({
      name,
      value:
        valueFrom === undefined ? literal(value ?? '') : `\${${headerVariable(valueFrom.secretKeyRef)}:-}`,
    })),
  }
}
