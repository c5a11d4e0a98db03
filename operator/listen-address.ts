import type { NetworkInterfaceInfo } from 'node:os'

/** All addresses, of IPv6 and IPv4 both. */
export const ANY_ADDRESS = '::'

/**
 * The address to listen on for all addresses: on a machine whose kernel has no IPv6, none of its interfaces has an IPv6
 * address, and listening on `::` fails.
 */
export function anyAddress(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string {
  const hasIpv6 = Object.values(interfaces).some(addresses =>
    addresses?.some(({ family }) => family === 'IPv6'),
  )
  return hasIpv6 ? ANY_ADDRESS : '0.0.0.0'
}
