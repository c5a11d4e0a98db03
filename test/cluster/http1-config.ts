import { type DispatcherOptions, KubeConfig } from '@kubernetes/client-node'

/**
 * A client configuration whose requests speak HTTP/1.1. undici would choose HTTP/2, and Node 26 can write to a session that is torn down for
 * ever, without yielding (node::http2::Http2Session::SendPendingData).
 */
export class Http1KubeConfig extends KubeConfig {
  override createDispatcherOptions(
    ...given: Parameters<KubeConfig['createDispatcherOptions']>
  ): DispatcherOptions {
    const options = super.createDispatcherOptions(...given)
    if (options.type !== 'agent') return options
    const connect = { ...options.connect, allowH2: false }
    return { ...options, connect }
  }
}
