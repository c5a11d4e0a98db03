import { type Endpoint, reachedUrl } from './discovery/endpoint.ts'
import { HttpUpstream } from './http-upstream.ts'
import { type ReceiveBuffer, receiveBuffer } from './http1/receive-buffer.ts'
import { Http1Transport } from './http1/transport.ts'
import type { TlsOptions } from './tls-options.ts'
import type { Transport } from './transport.ts'
import type { Upstream } from './upstream.ts'

/** How to reach an application by HTTP or HTTPS. */
export interface UpstreamOptions extends TlsOptions, Endpoint {
  /** Where bodies are read to, if they come without TLS; upstreams can share it. */
  readonly receive?: ReceiveBuffer
}

/** The upstream at an endpoint. Nothing is requested from it yet. */
export async function openUpstream(options: UpstreamOptions): Promise<Upstream> {
  return new HttpUpstream(options.url, await transportTo(options), reachedUrl(options))
}

async function transportTo(options: UpstreamOptions): Promise<Transport> {
  const named = new URL(options.url)
  const reached = new URL(reachedUrl(options))
  if (named.protocol === 'http:') {
    const { hostname, port } = reached
    return new Http1Transport({ host: named.host, hostname, port }, options.receive ?? receiveBuffer())
  }
  // Only those who need undici load it.
  const { UndiciTransport } = await import('./undici-transport.ts')
  if (options.address === undefined) return new UndiciTransport(named.origin, options)
  return new UndiciTransport(reached.origin, { serverName: named.hostname, ...options }, named.host)
}
