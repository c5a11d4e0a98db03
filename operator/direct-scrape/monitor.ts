import * as z from 'zod'
import { GROUP, KIND } from '../api/labels.ts'
import type { LabelSelector } from '../api/metricgate.ts'
import { DEFAULT_PATH, type ScrapedPort, type ScrapeEndpoint } from './endpoint.ts'

const port = z.union([z.int(), z.string()]).nullish()

const endpointSchema = z.object({
  port: z.string().nullish(),
  portNumber: z.int().nullish(),
  targetPort: port,
  path: z.string().nullish(),
  params: z.record(z.string(), z.array(z.string())).nullish(),
  relabelings: z.array(z.unknown()).nullish(),
})

const endpointsSchema = z.array(endpointSchema).nullish()

const specSchema = z.object({
  namespaceSelector: z
    .object({ any: z.boolean().nullish(), matchNames: z.array(z.string()).nullish() })
    .nullish(),
  selector: z.object({
    matchLabels: z.record(z.string(), z.string()).optional(),
    matchExpressions: z
      .array(
        z.object({
          key: z.string(),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(z.string()).optional(),
        }),
      )
      .optional(),
  }),
  endpoints: endpointsSchema,
  podMetricsEndpoints: endpointsSchema,
})

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  ownerReferences: z.array(z.object({ apiVersion: z.string(), kind: z.string() })).nullish(),
})

const monitorSchema = z.object({
  metadata: metadataSchema,
  // What the Prometheus operator could not read either scrapes nothing.
  spec: specSchema.optional().catch(undefined),
})

/** One endpoint of a ServiceMonitor or PodMonitor. */
export interface MonitorEndpoint extends ScrapeEndpoint {
  /** Of a ServiceMonitor: name of the Service port that leads to the container port; `port` says nothing then. */
  readonly servicePort?: string
  /** It has relabelings: they may drop the target, or lead to another one. */
  readonly relabels: boolean
}

/** Of a ServiceMonitor or PodMonitor what decides which pods are scraped by it. */
export interface MonitorFacts {
  readonly kind: 'ServiceMonitor' | 'PodMonitor'
  readonly namespace: string
  readonly name: string
  /** It belongs to a gate. */
  readonly ofGate: boolean
  /** Namespaces in which it looks for Services or pods. */
  readonly namespaces: 'all' | readonly string[]
  /** Labels of the Services or pods. */
  readonly selector: LabelSelector
  readonly endpoints: readonly MonitorEndpoint[]
}

type Endpoint = z.output<typeof endpointSchema>

/**
 * Reads a ServiceMonitor or PodMonitor (`monitoring.coreos.com/v1`); defaults and precedence as `pkg/prometheus/promcfg.go` of the
 * Prometheus operator has them. Throws ZodError.
 */
export function readMonitorFacts(kind: MonitorFacts['kind'], object: unknown): MonitorFacts {
  const { metadata, spec } = monitorSchema.parse(object)
  const { name, namespace, ownerReferences } = metadata
  const ofGate = (ownerReferences ?? []).some(
    owner => owner.kind === KIND && owner.apiVersion.startsWith(`${GROUP}/`),
  )
  const { any, matchNames } = spec?.namespaceSelector ?? {}
  const own = matchNames?.length ? matchNames : [namespace]
  const endpoints = kind === 'ServiceMonitor' ? spec?.endpoints : spec?.podMetricsEndpoints
  return {
    kind,
    namespace,
    name,
    ofGate,
    namespaces: any === true ? 'all' : own,
    selector: spec?.selector ?? {},
    endpoints: (endpoints ?? []).map(kind === 'ServiceMonitor' ? readServiceEndpoint : readPodEndpoint),
  }
}

/** Does the monitor look for Services or pods in the namespace? */
export function looksInto({ namespaces }: MonitorFacts, namespace: string): boolean {
  return namespaces === 'all' || namespaces.includes(namespace)
}

function readServiceEndpoint(endpoint: Endpoint): MonitorEndpoint {
  const { port: servicePort, targetPort } = endpoint
  return servicePort
    ? { ...common(endpoint), port: undefined, servicePort }
    : { ...common(endpoint), port: given(targetPort) }
}

function readPodEndpoint(endpoint: Endpoint): MonitorEndpoint {
  const { port: name, portNumber, targetPort } = endpoint
  return { ...common(endpoint), port: given(name) ?? given(portNumber) ?? given(targetPort) }
}

function common({ path, params, relabelings }: Endpoint): Omit<MonitorEndpoint, 'port'> {
  return { path: path || DEFAULT_PATH, params: params ?? {}, relabels: (relabelings ?? []).length > 0 }
}

/** An empty name, and 0, count as none. */
function given(value: number | string | null | undefined): ScrapedPort {
  return value || undefined
}
