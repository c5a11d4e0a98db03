import { isIP, isIPv4 } from 'node:net'
import type { UpstreamAddress } from '../../config/upstream-url.ts'
import { DNS_QUERIES_AT_ONCE } from '../../limits.ts'
import { mapConcurrently } from '../concurrency.ts'
import { type Endpoint, portOf } from './endpoint.ts'
import type { NameResolver } from './name-resolver.ts'

const BRACKETS = /^\[|\]$/g

/**
 * The endpoints at an address now; none if its name does not exist.
 *
 * @throws {ResolutionError} if DNS does not answer
 */
export async function discover(
  address: UpstreamAddress,
  resolver: NameResolver,
): Promise<readonly Endpoint[]> {
  if (address.kind === 'url') return [{ url: address.url }]
  return address.kind === 'dns'
    ? discoverAddresses(new URL(address.url), resolver)
    : discoverService(new URL(address.url), address.service, resolver)
}

async function discoverAddresses(url: URL, resolver: NameResolver): Promise<Endpoint[]> {
  const host = url.hostname.replaceAll(BRACKETS, '')
  const addresses = isIP(host) === 0 ? await resolver.addresses(host) : [host]
  const named = completed(url)
  return addresses.map(address => ({ url: named, address: { host: address, port: portOf(url) } }))
}

async function discoverService(url: URL, service: string, resolver: NameResolver): Promise<Endpoint[]> {
  const records = await resolver.services(service)
  // Names in DNS records are complete.
  const found = await mapConcurrently(records, DNS_QUERIES_AT_ONCE, ({ name }) =>
    resolver.addresses(`${name}.`),
  )
  return records.flatMap(({ port }, index) =>
    ofOneFamily(found[index] ?? []).map(host => ({ url: completed(url, port), address: { host, port } })),
  )
}

/** A target of a service is one process: a second family leads to the same. */
function ofOneFamily(addresses: readonly string[]): readonly string[] {
  const four = addresses.filter(isIPv4)
  return four.length > 0 ? four : addresses
}

/** The URL as the target sees it: without the dot that says that a name is complete. */
function completed(url: URL, port?: number): string {
  const result = new URL(url)
  result.hostname = url.hostname.replace(/\.$/, '')
  if (port !== undefined) result.port = String(port)
  return result.href
}
