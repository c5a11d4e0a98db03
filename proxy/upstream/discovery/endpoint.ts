import { isIPv6 } from 'node:net'

/** One process that exposes metrics, as it is reached. */
export interface Endpoint {
  /** Absolute URL with what the Host header and the certificate name: a DNS name, where one led here. */
  readonly url: string
  /** Where to connect, if not to what the URL says. */
  readonly address?: { readonly host: string; readonly port: number }
}

const DEFAULT_PORT: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** `10.0.0.1:8080` or `[fd00::1]:8080`. */
export function printHostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** The port of a URL, said or not. */
export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORT[url.protocol] ?? 0) : Number(url.port)
}

/** Host and port of an endpoint: what Prometheus would call its instance. */
export function instanceOf({ url, address }: Endpoint): string {
  const parsed = new URL(url)
  if (address !== undefined) return printHostAndPort(address.host, address.port)
  return `${parsed.hostname}:${portOf(parsed)}`
}

/** The URL that is asked in fact. */
export function reachedUrl({ url, address }: Endpoint): string {
  if (address === undefined) return url
  const reached = new URL(url)
  reached.hostname = isIPv6(address.host) ? `[${address.host}]` : address.host
  reached.port = String(address.port)
  return reached.href
}
