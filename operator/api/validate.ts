import type * as z from 'zod'
import { type ProxyConfigFile, proxyConfigSchema } from '../../proxy/config.ts'
import { aggregatorConfigFile } from './aggregator-config.ts'
import { checkPolicies } from './check-policies.ts'
import type { FieldError } from './field-error.ts'
import { distinctPorts } from './labels.ts'
import { type MetricGate, metricGateSchema } from './metricgate.ts'
import { sidecarConfigFile } from './proxy-config.ts'

/** A gate that can be worked with, or all that is wrong with it. */
export type Validation =
  | { readonly valid: true; readonly gate: MetricGate }
  | { readonly valid: false; readonly errors: readonly FieldError[] }

/** Keys of the proxy's configuration, and the fields of the spec that they are made of. */
const FIELD_OF_KEY: Readonly<Record<string, string>> = {
  upstream_url: 'targets[0]',
  upstream_urls: 'targets',
  tls_config: 'targets[0].tlsConfig',
  bearer_token_file: 'targets[0].bearerTokenFile',
  log_level: 'proxy.logLevel',
  prometheus: 'limits',
  metric_relabel_configs: 'metricRelabelings',
}

/**
 * The second line behind the CRD: what the API server stored may have been written under an older CRD, and a regular
 * expression may compile there and not in the proxy. Checks an object as the API server returned it by the schema of
 * MetricGate, and what its proxies would be told by the proxy's own.
 */
export function validateGate(stored: unknown): Validation {
  const parsed = metricGateSchema.safeParse(stored)
  if (!parsed.success) return { valid: false, errors: parsed.error.issues.map(gateError) }
  const gate = parsed.data
  const configErrors = proxyFiles(withNumericPorts(gate)).flatMap(file => {
    const config = proxyConfigSchema.safeParse(file)
    return config.success ? [] : config.error.issues.map(configError)
  })
  const errors = [...configErrors, ...checkPolicies(gate.spec.policies)]
  return errors.length > 0 ? { valid: false, errors } : { valid: true, gate }
}

/** The configuration files of the gate that its rules stand in. */
function proxyFiles(gate: MetricGate): ProxyConfigFile[] {
  switch (gate.spec.mode) {
    case 'Sidecar':
      return [sidecarConfigFile(gate)]
    case 'DNS':
      return [aggregatorConfigFile(gate, 0)]
    case 'Subset':
      return [sidecarConfigFile(gate), aggregatorConfigFile(gate, 0)]
  }
}

/** A named port gets its number in the pod: any numbers will do to look at the rest, if they differ where ports do. */
function withNumericPorts(gate: MetricGate): MetricGate {
  const ports = distinctPorts(gate.spec.targets)
  const targets = gate.spec.targets.map(target => ({ ...target, port: ports.indexOf(target.port) + 1 }))
  return { ...gate, spec: { ...gate.spec, targets } }
}

function gateError(issue: z.core.$ZodIssue): FieldError {
  return { field: formatPath(issue.path), message: issue.message }
}

function configError(issue: z.core.$ZodIssue): FieldError {
  const path = issue.path.map(key => (typeof key === 'string' ? (FIELD_OF_KEY[key] ?? camelCase(key)) : key))
  return { field: formatPath(['spec', ...path]), message: issue.message }
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}
