import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { NameResolver } from '../../../../proxy/upstream/discovery/name-resolver.ts'
import { parseResolvConf } from '../../../../proxy/upstream/discovery/resolv-conf.ts'
import { dnsClient } from '../../../../proxy/upstream/discovery/system-resolver.ts'
import { type DnsServer, startDnsServer } from './dns-server.ts'

let dns: DnsServer

beforeEach(async () => {
  dns = await startDnsServer()
})

afterEach(() => dns.stop())

function resolver(conf = '', hosts = ''): NameResolver {
  return new NameResolver(parseResolvConf(conf), dnsClient([dns.address]), async () => hosts)
}

describe('the addresses of a name', () => {
  test('are those of both families', async () => {
    dns.zone.set('app.ns', { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00::1'] })
    expect(await resolver().addresses('app.ns')).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1'])
  })

  test('are found in the search domains, the first of which that has any', async () => {
    dns.zone.set('app.ns.svc', { aaaa: [] })
    dns.zone.set('app.svc', { a: ['10.0.0.1'] })
    dns.zone.set('app.example', { a: ['10.0.0.9'] })
    expect(await resolver('search ns.svc svc example\noptions ndots:5').addresses('app')).toEqual([
      '10.0.0.1',
    ])
    expect(dns.queries.filter(query => query.endsWith(' A'))).toEqual(['app.ns.svc A', 'app.svc A'])
  })

  test('are many, more than fit into one datagram', async () => {
    const a = Array.from({ length: 200 }, (_, index) => `10.0.0.${index}`)
    dns.zone.set('app', { a })
    expect([...(await resolver().addresses('app'))].sort()).toEqual(a.sort())
  })

  test.each([
    [
      'the name is in the hosts file',
      'LOCALHOST',
      '127.0.0.1 localhost\n::1 localhost\n',
      ['127.0.0.1', '::1'],
    ],
    ['it is there, as a complete one', 'app.ns.', '10.0.0.7 app.ns\n', ['10.0.0.7']],
  ])('need no DNS where %s', async (_, name, hosts, addresses) => {
    expect(await resolver('', hosts).addresses(name)).toEqual(addresses)
    expect(dns.queries).toEqual([])
  })

  test('are none of a name that does not exist', async () =>
    expect(await resolver('search a b').addresses('app')).toEqual([]))

  test('are none of a name without any', async () => {
    dns.zone.set('app', {})
    expect(await resolver().addresses('app')).toEqual([])
  })

  test('can be had although one search domain fails', async () => {
    dns.zone.set('app.broken', 'servfail')
    dns.zone.set('app.works', { a: ['10.0.0.1'] })
    expect(await resolver('search broken works').addresses('app')).toEqual(['10.0.0.1'])
  })

  test.each([
    ['servfail', /app: .*ESERVFAIL app/],
    ['refused', /app: .*EREFUSED app/],
    ['silent', /app: .*ETIMEOUT app/],
  ] as const)(
    'cannot be had where the server is %s, which is not to have none',
    async (behaviour, message) => {
      dns.zone.set('app', behaviour)
      await expect(resolver('search a').addresses('app')).rejects.toMatchObject({
        code: 'E_RESOLUTION',
        message: expect.stringMatching(message),
      })
    },
    20_000,
  )
})

describe('the targets of a service', () => {
  test('have ports', async () => {
    dns.zone.set('_http._tcp.app.svc', {
      srv: [
        { target: 'a.app.svc', port: 8080 },
        { target: 'b.app.svc', port: 8081 },
      ],
    })
    const found = await resolver('search svc').services('_http._tcp.app')
    expect(found.map(({ name, port }) => [name, port])).toEqual([
      ['a.app.svc', 8080],
      ['b.app.svc', 8081],
    ])
  })
})
