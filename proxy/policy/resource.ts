import type { ResourceAttributes } from './prometheus-fields.ts'
import type { ClientIdentity } from './providers/http/messages.ts'

/** What Tero Edge's configuration says under `service`. */
export interface ServiceIdentity {
  readonly name: string | undefined
  readonly namespace: string | undefined
  readonly version: string | undefined
  readonly instanceId: string | undefined
  readonly resourceAttributes: ReadonlyMap<string, string>
  readonly labels: ReadonlyMap<string, string>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Resource attributes that a variable of the environment names: `key=value,key=value`, percent-encoded. */
function fromVariable(text: string): [string, string][] {
  return text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    const key = pair.slice(0, at).trim()
    // The downward API gives nothing for what a pod does not have.
    const value = decode(pair.slice(at + 1).trim())
    return at === -1 || key === '' || value === '' ? [] : [[key, value]]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A value that is not encoded, with a percent sign of its own.
    return text
  }
}

/**
 * The attributes of the application: from OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, then from `service` in the
 * configuration. Source: OpenTelemetry's Resource SDK, "Specifying resource information via an environment variable".
 */
export function resourceAttributes(service: ServiceIdentity, env: Environment): ResourceAttributes {
  const attributes = new Map(fromVariable(env.OTEL_RESOURCE_ATTRIBUTES ?? ''))
  const named: [string, string | undefined][] = [
    ['service.name', env.OTEL_SERVICE_NAME],
    ...service.resourceAttributes,
    ['service.name', service.name],
    ['service.namespace', service.namespace],
    ['service.version', service.version],
    ['service.instance.id', service.instanceId],
  ]
  for (const [key, value] of named) if (value !== undefined && value !== '') attributes.set(key, value)
  return attributes
}

/**
 * Who asks a policy server for policies. Servers require four attributes; those that are not known are those of this
 * proxy.
 */
export function clientIdentity(
  resource: ResourceAttributes,
  labels: ReadonlyMap<string, string>,
  proxy: { readonly version: string; readonly instanceId: string },
): ClientIdentity {
  const defaults: [string, string][] = [
    ['service.name', 'metricgate-proxy'],
    ['service.namespace', resource.get('k8s.namespace.name') ?? 'default'],
    ['service.version', proxy.version],
    ['service.instance.id', resource.get('k8s.pod.name') ?? proxy.instanceId],
  ]
  return { labels, resourceAttributes: new Map([...defaults, ...resource]) }
}
