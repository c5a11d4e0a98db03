import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from '@jest/globals'
import { anyAddress } from '../../operator/listen-address.ts'

function address(family: 'IPv4' | 'IPv6'): NetworkInterfaceInfo {
  const common = { netmask: '', mac: '', internal: true, cidr: null }
  return family === 'IPv4'
    ? { ...common, family, address: '127.0.0.1' }
    : { ...common, family, address: '::1', scopeid: 0 }
}

test('with IPv6, all addresses are ::, which takes IPv4 too', () => {
  expect(anyAddress({ lo: [address('IPv4'), address('IPv6')] })).toBe('::')
})

test('without IPv6, all addresses are those of IPv4', () => {
  expect(anyAddress({ lo: [address('IPv4')], eth0: [address('IPv4')] })).toBe('0.0.0.0')
})
