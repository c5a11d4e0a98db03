import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { parseUpstreamUrl, type UpstreamAddress } from '../../../../proxy/config/upstream-url.ts'
import { STALE_ADDRESSES_MS } from '../../../../proxy/limits.ts'
import { TargetDirectory } from '../../../../proxy/upstream/discovery/directory.ts'
import { instanceOf } from '../../../../proxy/upstream/discovery/endpoint.ts'
import { NameResolver } from '../../../../proxy/upstream/discovery/name-resolver.ts'
import { parseResolvConf } from '../../../../proxy/upstream/discovery/resolv-conf.ts'
import { dnsClient } from '../../../../proxy/upstream/discovery/system-resolver.ts'
import { type DnsServer, startDnsServer } from './dns-server.ts'

const TIMEOUT_MS = 60_000

let dns: DnsServer
let client: ReturnType<typeof dnsClient>

beforeEach(async () => {
  dns = await startDnsServer()
  client = dnsClient([dns.address])
})

afterEach(async () => {
  client.cancel()
  await dns.stop()
})

function addressOf(text: string): UpstreamAddress {
  const parsed = parseUpstreamUrl(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.address
}

function directory(...urls: string[]): TargetDirectory {
  const resolver = new NameResolver(parseResolvConf('search svc'), client, async () => '')
  return new TargetDirectory(urls.map(addressOf), resolver)
}

test('a name leads to its addresses, and is what Host and certificate are about', async () => {
  dns.zone.set('app.svc', { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00::1'] })
  const { endpoints, problems } = await directory('dns+http://app:8080/m').resolve(0, TIMEOUT_MS)
  expect([endpoints, problems]).toEqual([
    [
      { url: 'http://app:8080/m', address: { host: '10.0.0.1', port: 8080 } },
      { url: 'http://app:8080/m', address: { host: '10.0.0.2', port: 8080 } },
      { url: 'http://app:8080/m', address: { host: 'fd00::1', port: 8080 } },
    ],
    [],
  ])
  expect(endpoints.map(instanceOf)).toEqual(['10.0.0.1:8080', '10.0.0.2:8080', '[fd00::1]:8080'])
})

test('a name whose replicas seem to have addresses of both families is warned about', async () => {
  dns.zone.set('app.svc', { a: ['10.0.0.1'], aaaa: ['fd00::1'] })
  const { endpoints, problems } = await directory('dns+http://app/m').resolve(0, TIMEOUT_MS)
  expect([endpoints.length, problems]).toEqual([2, [expect.stringContaining('each counts twice')]])
})

test('DNS gets a part of the time that a scrape may take', async () => {
  dns.zone.set('app.svc', 'silent')
  const { problems } = await directory('dns+http://app/m').resolve(0, 100)
  expect(problems).toEqual(['dns+http://app/m: DNS does not answer (no answer within 0.03 s)'])
})

test('a complete name loses its dot', async () => {
  dns.zone.set('app.ns', { a: ['10.0.0.1'] })
  const { endpoints } = await directory('dns+https://app.ns./m').resolve(0, TIMEOUT_MS)
  expect(endpoints).toEqual([{ url: 'https://app.ns/m', address: { host: '10.0.0.1', port: 443 } }])
})

test('an address leads to itself', async () => {
  const { endpoints } = await directory('dns+http://[fd00::1]:80/m').resolve(0, TIMEOUT_MS)
  expect(endpoints.map(instanceOf)).toEqual(['[fd00::1]:80'])
})

test.each(['dnssrv+http://_http._tcp.app/m', 'dns+http://app:http/m'])(
  '%s leads to the targets and ports of the service',
  async url => {
    dns.zone.set('_http._tcp.app.svc', {
      srv: [
        { target: 'x.app.svc', port: 8080 },
        { target: 'gone.app.svc', port: 8080 },
        { target: 'y.app.svc', port: 9090 },
      ],
    })
    // A process with two addresses is one target.
    dns.zone.set('x.app.svc', { a: ['10.0.0.1'], aaaa: ['fd00::1'] })
    dns.zone.set('y.app.svc', { aaaa: ['fd00::2'] })
    const { endpoints } = await directory(url).resolve(0, TIMEOUT_MS)
    expect(endpoints).toEqual([
      { url: 'http://app:8080/m', address: { host: '10.0.0.1', port: 8080 } },
      { url: 'http://app:9090/m', address: { host: 'fd00::2', port: 9090 } },
    ])
  },
)

test('a list may be mixed', async () => {
  dns.zone.set('app.svc', { a: ['10.0.0.1'] })
  const { endpoints } = await directory('http://127.0.0.1:1/m', 'dns+http://app/m').resolve(0, TIMEOUT_MS)
  expect(endpoints.map(instanceOf)).toEqual(['127.0.0.1:1', '10.0.0.1:80'])
})

test('a name that exists no more leads nowhere at once, and that is said', async () => {
  dns.zone.set('app.svc', { a: ['10.0.0.1'] })
  const names = directory('dns+http://app/m')
  await names.resolve(0, TIMEOUT_MS)
  dns.zone.delete('app.svc')
  expect(await names.resolve(1000, TIMEOUT_MS)).toEqual({
    endpoints: [],
    problems: ['dns+http://app/m: the name has no addresses'],
    empty: 1,
    failed: 0,
  })
})

test('while DNS fails the last addresses are used, for a while', async () => {
  dns.zone.set('app.svc', { a: ['10.0.0.1'] })
  const names = directory('dns+http://app/m')
  await names.resolve(0, TIMEOUT_MS)
  dns.zone.set('app.svc', 'servfail')
  const { endpoints, problems, failed } = await names.resolve(STALE_ADDRESSES_MS, TIMEOUT_MS)
  expect([endpoints.map(instanceOf), failed]).toEqual([['10.0.0.1:80'], 1])
  expect(problems[0]).toMatch(/DNS does not answer \(app: .*ESERVFAIL.*\); the last addresses are used$/)
  expect((await names.resolve(STALE_ADDRESSES_MS + 1, TIMEOUT_MS)).endpoints).toEqual([])
})
