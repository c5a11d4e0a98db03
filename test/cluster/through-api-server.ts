import { Agent, request } from 'undici'
import type { ControlPlane } from './control-plane/control-plane.ts'

/** What reaches the API server as its administrator. */
export type ApiServerAccess = Pick<ControlPlane, 'url' | 'caCertificate' | 'kubeConfig'>

/** A port of a pod, a Service or a node. */
export interface Endpoint {
  readonly kind: 'pods' | 'services' | 'nodes'
  /** Not for nodes. */
  readonly namespace?: string
  readonly name: string
  /** A number, or for a Service the name that it gives it. */
  readonly port: number | string
  readonly scheme?: 'http' | 'https'
}

/** What an endpoint answered, or the API server in its place (503 when it cannot reach it). */
export interface EndpointAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: string
}

/**
 * Sends a GET request to a pod, a Service or a node by the API server, which is in their network, as nobody outside is.
 * @param path with its query, if any: `/api/v1/query?query=up`
 */
export async function getThroughApiServer(
  access: ApiServerAccess,
  { kind, namespace, name, port, scheme = 'http' }: Endpoint,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EndpointAnswer> {
  const dispatcher = new Agent({ connect: { ca: access.caCertificate }, allowH2: false })
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`
  const url = `${access.url}/api/v1${scope}/${kind}/${scheme}:${name}:${port}/proxy${path}`
  const authorization = `Bearer ${access.kubeConfig().getCurrentUser()?.token}`
  try {
    const response = await request(url, { dispatcher, headers: { ...headers, authorization } })
    const contentType = response.headers['content-type']?.toString()
    return { status: response.statusCode, contentType, body: await response.body.text() }
  } finally {
    await dispatcher.destroy()
  }
}
