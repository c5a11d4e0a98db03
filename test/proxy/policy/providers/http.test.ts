import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { POLICY_BYTES_MAX } from '../../../../proxy/policy/limits.ts'
import { Policies, type PolicyProviderConfig } from '../../../../proxy/policy/policies.ts'
import { reportPolicies } from '../../../../proxy/policy/report.ts'
import { dataPoint } from '../policies.ts'
import { TestLog } from './log.ts'
import { ManualClock } from './manual-clock.ts'
import { bytes, json, type PolicyServer, protobuf, startPolicyServer } from './policy-server.ts'

const CLIENT = {
  resourceAttributes: new Map([
    ['service.name', 'web'],
    ['service.namespace', 'shop'],
  ]),
  labels: new Map([['team', 'a']]),
}

const drop = (id: string, label: string) => ({
  id,
  name: id,
  enabled: true,
  metric: { match: [{ datapointAttribute: { path: [label] }, exists: true }], keep: false },
})
const FIRST = {
  policies: [drop('a', 'x')],
  hash: 'one',
  syncTimestampUnixNano: '1700000000000000000',
  recommendedSyncIntervalSeconds: 30,
  syncType: 'SYNC_TYPE_FULL',
}
const SECOND = { ...FIRST, policies: [drop('b', 'y')], hash: 'two' }

let server: PolicyServer
let clock: ManualClock
let log: TestLog
let policies: Policies
let changes: number

beforeEach(async () => {
  server = await startPolicyServer(json(FIRST))
  clock = new ManualClock()
  log = new TestLog()
  changes = 0
})

afterEach(async () => {
  policies.close()
  await server.stop()
})

/** Starts a provider and awaits its first sync. Resolves with the milliseconds until the second. */
function start(options: Partial<PolicyProviderConfig & { type: 'http' }> = {}): Promise<number> {
  policies = new Policies({
    inline: undefined,
    providers: [{ type: 'http', id: 'tero', url: server.url, headers: [], ...options }],
    client: CLIENT,
    clock,
    random: () => 0.5,
    log,
    onChange: () => changes++,
  })
  policies.start()
  return clock.nextSync()
}

const drops = (label: string): boolean => !policies.set.decide(dataPoint({ [label]: '' })).kept
const statuses = () => server.received.at(-1)?.message.policyStatuses ?? []
const status = () => policies.providers[0]

/** Matches the first policy, so many times. */
function count(samples: number): void {
  policies.set.count(policies.set.decide(dataPoint({ x: '' })), samples)
}

describe('the first sync', () => {
  test('puts the policies to work, and drops nothing before', async () => {
    const synced = start()
    expect(drops('x')).toBe(false)
    expect(status()).toMatchObject({ state: 'pending' })
    expect(log.lines).toEqual(['info: serving without the policies of these providers until they are there'])
    await synced
    expect(drops('x')).toBe(true)
    expect(status()).toMatchObject({
      state: 'ok',
      lastSuccessMs: clock.nowMs,
      source: expect.not.stringContaining('secret'),
    })
  })

  test('says who asks, and that all policies are wanted', async () => {
    await start({ headers: [{ name: 'Authorization', value: 'Bearer 1' }] })
    expect(server.received[0]?.headers).toMatchObject({
      authorization: 'Bearer 1',
      'content-type': 'application/json',
      accept: 'application/json',
    })
    expect(server.received[0]?.message).toEqual({
      clientMetadata: {
        supportedPolicyStages: ['POLICY_STAGE_METRIC_FILTER'],
        labels: [{ key: 'team', value: { stringValue: 'a' } }],
        resourceAttributes: [
          { key: 'service.name', value: { stringValue: 'web' } },
          { key: 'service.namespace', value: { stringValue: 'shop' } },
        ],
      },
      fullSync: true,
    })
  })

  test('can be in protobuf', async () => {
    server.answer = protobuf(FIRST)
    await start({ encoding: 'protobuf' })
    expect(server.received[0]?.headers['content-type']).toBe('application/x-protobuf')
    expect(server.received[0]?.message).toMatchObject({ fullSync: true, clientMetadata: expect.anything() })
    expect(drops('x')).toBe(true)
  })

  test('is decoded by what comes, not by what was asked for', async () => {
    server.answer = protobuf(FIRST)
    await start({ encoding: 'json' })
    expect(drops('x')).toBe(true)
  })

  test('understands the reference server: numbers for enumerations, defaults written out', async () => {
    const matcher = { metricField: 1, startsWith: 'a', negate: false, caseInsensitive: false }
    const policy = { id: 'p', name: 'p', description: '', enabled: true, createdAtUnixNano: '0', labels: [] }
    const target = { match: [matcher, { metricType: 1, negate: true, caseInsensitive: false }], keep: false }
    server.answer = json({
      policies: [{ ...policy, metric: target, extensions: [] }],
      hash: 'h',
      syncTimestampUnixNano: '1700000000000000000',
      recommendedSyncIntervalSeconds: 30,
      syncType: 1,
      errorMessage: '',
      extensionConfigs: [],
    })
    await start()
    expect(policies.set.decide(dataPoint({ name: 'abc' })).kept).toBe(false)
  })

  test('in protobuf a policy without enabled is not, in JSON it is', async () => {
    const { enabled: _, ...policy } = drop('a', 'x')
    server.answer = protobuf({ ...FIRST, policies: [policy] })
    await start()
    expect(policies.policies[0]?.state).toBe('disabled')
    server.answer = json({ ...FIRST, policies: [policy], hash: 'json' })
    await clock.sync()
    expect(policies.policies[0]?.state).toBe('active')
  })

  test('policies for logs are there and have no effect', async () => {
    const log = { id: 'l', name: 'l', enabled: true, log: {} }
    server.answer = protobuf({ ...FIRST, policies: [log, drop('a', 'x')] })
    await start()
    expect(policies.policies.map(({ state }) => state)).toEqual(['ignored', 'active'])
  })
})

describe('further syncs', () => {
  test('come as often as the server recommends', async () => {
    expect(await start()).toBe(30_000)
    server.answer = json({ ...FIRST, recommendedSyncIntervalSeconds: 7 })
    expect(await clock.sync()).toBe(7000)
    server.answer = json({ ...FIRST, recommendedSyncIntervalSeconds: 0 })
    expect(await clock.sync()).toBe(60_000)
    server.answer = json({ ...FIRST, recommendedSyncIntervalSeconds: 2 ** 31 })
    expect(await clock.sync()).toBe(3_600_000)
  })

  test('come as often as configured, whatever the server recommends', async () => {
    expect(await start({ pollIntervalMs: 5000 })).toBe(5000)
  })

  test('say what the server gave last', async () => {
    await start()
    await clock.sync()
    expect(server.received[1]?.message).toMatchObject({
      lastSuccessfulHash: 'one',
      lastSyncTimestampUnixNano: '1700000000000000000',
    })
    expect(server.received[1]?.message.fullSync).toBeUndefined()
  })

  test('rebuild nothing when the hash is known, even if no policies come with it', async () => {
    await start()
    server.answer = json({ hash: 'one', syncType: 1 })
    await clock.sync()
    expect(changes).toBe(1)
    expect(drops('x')).toBe(true)
  })

  test('rebuild nothing when there is no hash and the policies are the same', async () => {
    server.answer = json({ ...FIRST, hash: '' })
    await start()
    await clock.sync()
    expect(changes).toBe(1)
  })

  test('put other policies to work', async () => {
    await start()
    server.answer = json(SECOND)
    await clock.sync()
    expect([drops('x'), drops('y')]).toEqual([false, true])
    server.answer = json({ ...FIRST, policies: [], hash: 'none' })
    await clock.sync()
    expect(policies.set.isEmpty).toBe(true)
  })
})

describe('counts', () => {
  test('are told once', async () => {
    await start()
    expect(statuses()).toEqual([])
    count(5)
    await clock.sync()
    expect(statuses()).toEqual([{ id: 'a', matchHits: '5' }])
    await clock.sync()
    expect(statuses()).toEqual([])
    count(2)
    await clock.sync()
    expect(statuses()).toEqual([{ id: 'a', matchHits: '2' }])
    expect(reportPolicies(policies.policies, policies.providers).policies).toMatchObject([
      { id: 'a', hits: 7, misses: 0 },
    ])
  })

  test('are told again until a sync that carried them has succeeded', async () => {
    await start()
    count(5)
    server.answer = bytes(503, 'busy')
    await clock.sync()
    count(1)
    server.answer = json({ errorMessage: 'no' })
    await clock.sync()
    server.answer = json(FIRST)
    await clock.sync()
    expect(server.received.slice(1).map(({ message }) => message.policyStatuses)).toEqual([
      [{ id: 'a', matchHits: '5' }],
      [{ id: 'a', matchHits: '6' }],
      [{ id: 'a', matchHits: '6' }],
    ])
    await clock.sync()
    expect(statuses()).toEqual([])
  })

  test('what comes while a sync is under way is told by the next one', async () => {
    await start()
    count(5)
    server.answer = response => {
      count(3)
      json(FIRST)(response)
    }
    await clock.sync()
    server.answer = json(FIRST)
    await clock.sync()
    expect(statuses()).toEqual([{ id: 'a', matchHits: '3' }])
  })

  test('go on when the policies change', async () => {
    await start()
    count(5)
    server.answer = json({ ...SECOND, policies: [drop('b', 'y'), drop('a', 'x')] })
    await clock.sync()
    count(1)
    await clock.sync()
    expect(statuses()).toEqual([{ id: 'a', matchHits: '1' }])
  })

  test('the errors of invalid policies are told with every sync', async () => {
    const invalid = {
      id: 'bad',
      name: 'bad',
      metric: { match: [{ metricField: 1, regex: '([bad' }], keep: false },
    }
    server.answer = json({ ...FIRST, policies: [invalid, drop('a', 'x')] })
    await start()
    for (let sync = 0; sync < 2; sync++) {
      await clock.sync()
      expect(statuses()).toEqual([{ id: 'bad', errors: ['metric: match[0]: invalid regex "([bad"'] }])
    }
    expect(drops('x')).toBe(true)
  })
})

describe('faults', () => {
  const faults: [fault: string, answer: () => PolicyServer['answer'], code: string, message: RegExp][] = [
    ['a status', () => bytes(500, 'oops'), 'E_POLICY_STATUS', /answered 500$/],
    ['a redirection', () => bytes(307, ''), 'E_POLICY_STATUS', /answered 307$/],
    ['no JSON', () => bytes(200, '<html>'), 'E_POLICY_FORMAT', /of type application\/json cannot be decoded/],
    ['no UTF-8', () => bytes(200, Buffer.from([0x22, 0xff, 0x22])), 'E_POLICY_FORMAT', /cannot be decoded/],
    ['no message', () => json([1]), 'E_POLICY_FORMAT', /expected a SyncResponse, got \[1\]$/],
    ['no policies', () => json({ policies: {} }), 'E_POLICY_FORMAT', /expected policies to be a list$/],
    ['no hash', () => json({ hash: 5 }), 'E_POLICY_FORMAT', /expected hash to be text$/],
    ['no interval', () => json({ recommendedSyncIntervalSeconds: {} }), 'E_POLICY_FORMAT', /to be a number$/],
    [
      'another kind of sync',
      () => json({ ...SECOND, syncType: 2 }),
      'E_POLICY_FORMAT',
      /sync type 2 is not supported$/,
    ],
    [
      'no protobuf',
      () => bytes(200, 'hello', 'application/x-protobuf'),
      'E_POLICY_FORMAT',
      /cannot be decoded/,
    ],
    [
      'the server’s own error',
      () => json({ ...SECOND, errorMessage: 'no workspace' }),
      'E_POLICY_SERVER',
      /the server says: no workspace$/,
    ],
    [
      'too many policies',
      () => json({ policies: new Array(10_001).fill(0) }),
      'E_POLICY_SIZE',
      /10001 policies/,
    ],
    [
      'too many bytes',
      () => bytes(200, Buffer.alloc(POLICY_BYTES_MAX + 1)),
      'E_POLICY_SIZE',
      /more than \d+ bytes$/,
    ],
    ['a deep answer', () => bytes(200, '['.repeat(200_000)), 'E_POLICY_FORMAT', /cannot be decoded/],
    [
      'a connection that breaks',
      () => response => void response.destroy(),
      'E_POLICY_CONNECT',
      /other side closed/,
    ],
    [
      'a body that breaks off',
      () => response => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        response.destroy()
      },
      'E_POLICY_CONNECT',
      /./,
    ],
  ]
  test.each(faults)(
    '%s: the last good policies stay, and the reason shows',
    async (_, answer, code, message) => {
      await start()
      server.answer = answer()
      await clock.sync()
      expect(status()).toMatchObject({
        state: 'failing',
        problem: { code, message: expect.stringMatching(message) },
      })
      expect(status()?.problem?.message).not.toContain('secret')
      expect(drops('x')).toBe(true)
      expect(changes).toBe(1)
      server.answer = json(SECOND)
      await clock.sync()
      expect(status()).toMatchObject({ state: 'ok', problem: undefined })
      expect(drops('y')).toBe(true)
    },
  )

  test('a server that is not there', async () => {
    await server.stop()
    await start()
    expect(status()).toMatchObject({
      state: 'failing',
      lastSuccessMs: undefined,
      problem: { code: 'E_POLICY_CONNECT' },
    })
    expect(log.lines.at(-1)).toMatch(/^warn: policies cannot be had, it has none so far: http:.*ECONNREFUSED/)
    server = await startPolicyServer(json(FIRST))
  })

  test('a server that never answers, or never ends', async () => {
    server.answer = () => undefined
    const synced = start()
    await clock.timeOut()
    await synced
    expect(status()).toMatchObject({ problem: { code: 'E_POLICY_TIMEOUT' } })
    server.answer = response => void response.writeHead(200).write('{')
    const again = clock.sync()
    await clock.timeOut()
    await again
    expect(status()).toMatchObject({ problem: { code: 'E_POLICY_TIMEOUT' }, failures: 2 })
  })

  test('are tried again later and later, up to a ceiling', async () => {
    server.answer = bytes(503, '')
    const waits = [await start()]
    for (let failure = 1; failure < 11; failure++) waits.push(await clock.sync())
    expect(waits.slice(0, 4)).toEqual([750, 1500, 3000, 6000])
    expect(waits.slice(-2)).toEqual([225_000, 225_000])
    server.answer = json(FIRST)
    expect(await clock.sync()).toBe(30_000)
  })

  test('are said in the log once, and that they are over', async () => {
    await start()
    server.answer = bytes(503, '')
    await clock.sync()
    await clock.sync()
    server.answer = bytes(200, '<')
    await clock.sync()
    server.answer = json(FIRST)
    await clock.sync()
    expect(log.lines.slice(1)).toEqual([
      'info: policies received',
      expect.stringMatching(/^warn: policies cannot be had, the last good ones stay: .* answered 503$/),
      expect.stringMatching(/^warn: .* cannot be decoded/),
      'info: policies are in sync again',
    ])
  })
})

test('closing ends a sync that is under way, and that is no failure', async () => {
  await start()
  const ended = new Promise<void>(resolve => {
    server.answer = response => {
      response.on('close', resolve)
      policies.close()
    }
  })
  void clock.sync()
  await ended
  expect(status()).toMatchObject({ state: 'ok', failures: 0 })
})
