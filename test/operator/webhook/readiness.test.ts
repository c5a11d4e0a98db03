import { expect, test } from '@jest/globals'
import { CERTIFICATE_LIFETIMES } from '../../../operator/webhook/limits.ts'
import { type ReadinessFacts, webhookObstacles } from '../../../operator/webhook/readiness.ts'
import { authority, leaf, material } from './certificates/facts.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const A = authority('A', NOW_MS, CERTIFICATE_LIFETIMES)
const B = authority('B', NOW_MS, CERTIFICATE_LIFETIMES)
const served = leaf('a', A, NOW_MS, CERTIFICATE_LIFETIMES)
const READY: ReadinessFacts = {
  mode: 'managed',
  secret: { namespace: 'metricgate-system', name: 'metricgate-webhook-tls' },
  configuration: 'metricgate',
  isSynced: true,
  stored: material([A], served),
  served,
  exists: true,
  trust: { authorities: [A], isSettled: () => false },
  troubles: [],
  nowMs: NOW_MS,
}
const SECRET = 'the Secret "metricgate-system/metricgate-webhook-tls"'
const spoilt = { ...material([], undefined), flaws: ['has no key "ca.crt"', 'has no key "tls.key"'] }

test.each<[string, Partial<ReadinessFacts>, string[]]>([
  ['a certificate in force is served and trusted', {}, []],
  ['the Secret is spoilt while a good one is served', { stored: spoilt, troubles: ['refused'] }, []],
  [
    'nothing is known',
    { isSynced: false, troubles: ['GET /api: refused'] },
    ['the Secret and the configuration of the webhook are not known yet', 'GET /api: refused'],
  ],
  [
    'there is nothing, and the leader cannot change that',
    { stored: undefined, served: undefined, exists: false, troubles: ['POST /api: forbidden'] },
    [
      `${SECRET} is not there: the leader makes it`,
      'there is no webhook configuration "metricgate" yet: the leader makes it',
      'POST /api: forbidden',
    ],
  ],
  [
    'the Secret of somebody else lacks two keys',
    { mode: 'external', stored: spoilt, served: undefined },
    ['has no key "ca.crt"', 'has no key "tls.key"'].map(
      flaw => `${SECRET} ${flaw}: with --certificates external it has to be made by cert-manager, or by you`,
    ),
  ],
  [
    'the certificate of the Secret cannot be served',
    { served: undefined, troubles: ['ee key too small'] },
    ['the webhook does not serve the certificate of the Secret yet', 'ee key too small'],
  ],
  [
    'the certificate has expired',
    { nowMs: NOW_MS + 91 * 86_400_000 },
    [
      'the certificate that the webhook serves is valid from 2029-12-31T23:00:00.000Z to 2030-04-01T00:00:00.000Z',
    ],
  ],
  [
    'the configuration trusts another authority',
    { trust: { authorities: [B], isSettled: () => true } },
    ['the webhook configuration "metricgate" does not trust the certificate that the webhook serves'],
  ],
])('what keeps the API server from calling: %s', (_title, facts, obstacles) => {
  expect(webhookObstacles({ ...READY, ...facts })).toEqual(obstacles)
})
