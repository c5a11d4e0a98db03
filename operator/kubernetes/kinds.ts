import { API_VERSION, KIND, PLURAL } from '../api/labels.ts'

/** A kind of object, with its name in API paths. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
}

/** In place of a namespace: all of them, as `NamespaceAll` in Kubernetes. */
export const ALL_NAMESPACES = ''

export const METRIC_GATE: Kind = { apiVersion: API_VERSION, kind: KIND, plural: PLURAL }
/** What a Service leads to. */
export const ENDPOINT_SLICE: Kind = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
}
export const POD: Kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' }

/** The path of all objects of the kind in a namespace, or in ALL_NAMESPACES. */
export function collectionPath(kind: Kind, namespace: string): string {
  const within = namespace === ALL_NAMESPACES ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${groupPath(kind)}${within}/${kind.plural}`
}

/** The path of one object. */
export function objectPath(kind: Kind, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
}

function groupPath({ apiVersion }: Kind): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}
