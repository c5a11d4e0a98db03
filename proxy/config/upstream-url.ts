import * as z from 'zod'
import { quoted } from './scalars.ts'

/** An address as error messages show it. */
export const UPSTREAM_EXAMPLE = 'http://127.0.0.1:10254/metrics'
const DNS_EXAMPLE = 'dns+http://app.default.svc.cluster.local:8080/metrics'
const SRV_EXAMPLE = 'dnssrv+http://_metrics._tcp.app.default.svc.cluster.local/metrics'

/**
 * Where metrics are. `url`: there. `dns`: at every address to which the URL's host resolves. `srv`: at every target and
 * port that the SRV records of `service` name; the URL then has the name without its first labels, and no port.
 */
export type UpstreamAddress =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'dns'; readonly url: string }
  | { readonly kind: 'srv'; readonly url: string; readonly service: string }

/** An address as it is written in a configuration. */
export function printAddress(address: UpstreamAddress): string {
  if (address.kind !== 'srv') return address.kind === 'url' ? address.url : `dns+${address.url}`
  const { protocol, pathname, search } = new URL(address.url)
  return `dnssrv+${protocol}//${address.service}${pathname}${search}`
}

/** What a gate scrapes, for people. */
export function printUpstreams({ upstreams }: { readonly upstreams: readonly UpstreamAddress[] }): string {
  return upstreams.map(printAddress).join(', ')
}

type Parsed = { readonly address: UpstreamAddress } | { readonly problem: string }

const DISCOVERY = /^(dns|dnssrv)\+(.*)$/is
/** A URL whose port is a name (RFC 6335, section 5.1), which an SRV record resolves. */
const NAMED_PORT = /^(https?):\/\/([^/?#:@]+):([a-z0-9-]*[a-z][a-z0-9-]*)(.*)$/is
const SERVICE_LABELS = /^(_[^.]+\._[^.]+)\.(.+)$/

/**
 * The address of an application's metrics. `localhost:8080/metrics` gets `http://` in front, and an address without a
 * path means `/metrics`, as both forerunners' users write it. With `dns+` in front it is what a name resolves to, and
 * with `dnssrv+` what its SRV records say. Answers with the address, or with what is wrong with it.
 */
export function parseUpstreamUrl(value: string): Parsed {
  const discovery = DISCOVERY.exec(value)
  if (discovery === null) return atUrl('url', value, value.includes('://') ? value : `http://${value}`)
  const [, kind = '', rest = ''] = discovery
  return kind.toLowerCase() === 'dns' ? atName(value, rest) : atService(value, rest)
}

function atUrl(kind: 'url' | 'dns', value: string, text: string): Parsed {
  const result = parseHttpUrl(value, text, kind === 'dns' ? DNS_EXAMPLE : UPSTREAM_EXAMPLE)
  return 'problem' in result ? result : { address: { kind, url: result.url.href } }
}

function atName(value: string, rest: string): Parsed {
  const named = NAMED_PORT.exec(rest)
  if (named === null) return atUrl('dns', value, rest)
  const [, scheme, host, port, path] = named
  const result = parseHttpUrl(value, `${scheme}://${host}${path}`, DNS_EXAMPLE)
  if ('problem' in result) return result
  const { url } = result
  return { address: { kind: 'srv', url: url.href, service: `_${port}._tcp.${url.hostname}` } }
}

function atService(value: string, rest: string): Parsed {
  const result = parseHttpUrl(value, rest, SRV_EXAMPLE)
  if ('problem' in result) return result
  const { url } = result
  if (url.port !== '')
    return { problem: `expected no port after dnssrv+, because SRV records name it; got ${quoted(value)}` }
  const [, , host] = SERVICE_LABELS.exec(url.hostname) ?? []
  if (host === undefined)
    return {
      problem: `expected _port._protocol.name after dnssrv+, such as ${SRV_EXAMPLE}; got ${quoted(value)}`,
    }
  const service = url.hostname
  url.hostname = host
  return { address: { kind: 'srv', url: url.href, service } }
}

function parseHttpUrl(value: string, text: string, example: string): { url: URL } | { problem: string } {
  const url = URL.parse(text)
  if (url === null || url.hostname === '')
    return { problem: `expected a URL such as ${example}, got ${quoted(value)}` }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { problem: `expected an http or https URL, got ${quoted(value)}` }
  if (url.username !== '' || url.password !== '')
    return { problem: 'a user and password in the URL are not supported; use bearer_token_file' }
  if (url.hash !== '') return { problem: `expected a URL without a fragment (#…), got ${quoted(value)}` }
  if (url.pathname === '/') url.pathname = '/metrics'
  return { url }
}

/** Schema of {@link parseUpstreamUrl}. */
export const upstreamUrl = z
  .string({ error: issue => `expected a URL such as ${UPSTREAM_EXAMPLE}, got ${quoted(issue.input)}` })
  .transform((value, context): UpstreamAddress => {
    const result = parseUpstreamUrl(value)
    if ('address' in result) return result.address
    context.addIssue({ code: 'custom', message: result.problem })
    return z.NEVER
  })
