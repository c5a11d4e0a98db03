import { HttpUpstream } from './http-upstream.ts'
import type { ReceiveBuffer } from './http1/receive-buffer.ts'
import { Http1Transport } from './http1/transport.ts'
import type { TlsOptions } from './tls-options.ts'
import type { Transport } from './transport.ts'
import type { Upstream } from './upstream.ts'

/** How to reach an application by HTTP or HTTPS. */
export interface UpstreamOptions extends TlsOptions {
  /** Absolute URL of the metrics. */
  readonly url: string
  /** Where bodies are read to, if they come without TLS; a buffer of its own where it is not said. */
  readonly receive?: ReceiveBuffer
}

/** The upstream at a URL. Nothing is requested from it yet. */
export async function openUpstream(options: UpstreamOptions): Promise<Upstream> {
  return new HttpUpstream(options.url, await transportTo(new URL(options.url), options))
}

async function transportTo(url: URL, { receive, ...tls }: UpstreamOptions): Promise<Transport> {
  if (url.protocol === 'http:') return new Http1Transport(url, receive)
  // Only those who need undici load it.
  const { UndiciTransport } = await import('./undici-transport.ts')
  return new UndiciTransport(url.origin, tls)
}
