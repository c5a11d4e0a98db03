import { describe, expect, test } from '@jest/globals'
import { candidateNames, parseResolvConf } from '../../../../proxy/upstream/discovery/resolv-conf.ts'

describe('resolv.conf', () => {
  test('of a pod', () =>
    expect(
      parseResolvConf(
        'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      ),
    ).toEqual({
      servers: ['10.96.0.10'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    }))

  test.each([
    ['', { servers: [], search: [], ndots: 1 }],
    ['nameserver 1.1.1.1\nnameserver fd00::53 # mine\n', { servers: ['1.1.1.1', 'fd00::53'] }],
    ['domain a.example\n', { search: ['a.example'] }],
    ['search a\nsearch b. c\n', { search: ['b', 'c'] }],
    ['; search a\n#search b\n', { search: [] }],
    ['options edns0 ndots:2 ndots:3\n', { ndots: 3 }],
    ['options ndots:99\n', { ndots: 15 }],
    ['options ndots:x\nnameserver\nsortlist 1.2.3.4\n', { servers: [], ndots: 1 }],
  ])('%j', (text, expected) => expect(parseResolvConf(text)).toMatchObject(expected))
})

describe('the complete names of a name', () => {
  const config = { servers: [], search: ['ns.svc', 'svc'], ndots: 2 }

  test.each([
    ['app', ['app.ns.svc', 'app.svc', 'app']],
    ['app.ns', ['app.ns.ns.svc', 'app.ns.svc', 'app.ns']],
    ['app.ns.svc', ['app.ns.svc', 'app.ns.svc.ns.svc', 'app.ns.svc.svc']],
    ['app.', ['app']],
  ])('%s: %j', (name, names) => expect(candidateNames(name, config)).toEqual(names))

  test('are that name alone without search domains', () =>
    expect(candidateNames('app', { ...config, search: [] })).toEqual(['app']))
})
