import type { V1EnvVar, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import type { MetricGateSpec } from '../api/metricgate.ts'
import { headerVariable, NAMESPACE_ATTRIBUTE, policyDirectory } from '../api/policy-config.ts'
import type { KeyRef } from '../api/policy-provider.ts'

/** What a proxy's pod needs so that it can apply the gate's policies. */
export interface PolicySources {
  readonly env: readonly V1EnvVar[]
  readonly volumes: readonly V1Volume[]
  readonly volumeMounts: readonly V1VolumeMount[]
}

/**
 * What the pod of a proxy has for the gate's policies, in an order that is not that of the providers. Nothing in it keeps a
 * pod from starting: what is not there is found by the proxy, which reports it and goes on.
 *
 * @param resource variables that say whose metrics they are, if a policy may ask
 * @param volumeName a name that is free in the pod
 */
export function policySources(
  spec: MetricGateSpec,
  resource: readonly V1EnvVar[],
  volumeName: (preferred: string) => string = preferred => preferred,
): PolicySources {
  const files = keysByName(spec.policyProviders.flatMap(({ configMap }) => configMap ?? []))
  const volumes = files.map(([name, keys], index): V1Volume => {
    const items = keys.map(key => ({ key, path: key }))
    return {
      name: volumeName(`metricgate-policies-${index}`),
      configMap: { name, items, optional: true },
    }
  })
  return {
    env: [...(asksForResource(spec) ? resource : []), ...headerVariables(spec)],
    volumes,
    volumeMounts: volumes.map(({ name, configMap }) => ({
      name,
      mountPath: policyDirectory(configMap?.name ?? ''),
      readOnly: true,
    })),
  }
}

/** The attributes of the pod that a sidecar is in, by the downward API. */
export function podAttributes(): V1EnvVar[] {
  const fields = {
    POD_NAME: 'metadata.name',
    POD_NAMESPACE: 'metadata.namespace',
    NODE_NAME: 'spec.nodeName',
  }
  const attributes = 'k8s.pod.name=$(POD_NAME),k8s.namespace.name=$(POD_NAMESPACE),k8s.node.name=$(NODE_NAME)'
  return [
    ...Object.entries(fields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
    { name: 'OTEL_RESOURCE_ATTRIBUTES', value: attributes },
  ]
}

/**
 * Does a policy ask for more than what the configuration says? Those of providers may, and policy servers want to know who
 * asks.
 */
function asksForResource({ policies, policyProviders }: MetricGateSpec): boolean {
  const paths = policies
    .flatMap(({ metric }) => metric.match)
    .map(({ resourceAttribute }) => resourceAttribute)
  return policyProviders.length > 0 || paths.some(path => path && path.join() !== NAMESPACE_ATTRIBUTE)
}

/** The values of headers. A Secret that is not there leaves its variable unset. */
function headerVariables({ policyProviders }: MetricGateSpec): V1EnvVar[] {
  const headers = policyProviders.flatMap(({ http }) => http?.headers ?? [])
  const secrets = keysByName(headers.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
  return secrets.flatMap(([name, keys]) =>
    keys.map(key => ({
      name: headerVariable({ name, key }),
      valueFrom: { secretKeyRef: { name, key, optional: true } },
    })),
  )
}

/** The keys that are referred to, for each name, each once and in order. */
function keysByName(references: readonly KeyRef[]): [name: string, keys: string[]][] {
  const names = [...new Set(references.map(({ name }) => name))].sort()
  return names.map(name => {
    const keys = references.filter(reference => reference.name === name).map(({ key }) => key)
    return [name, [...new Set(keys)].sort()]
  })
}
