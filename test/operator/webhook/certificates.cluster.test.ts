import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import type { SecretContent } from '../../../operator/webhook/certificates/secret.ts'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import { eventually } from '../../cluster/index.ts'
import { machineClock } from '../controller/support/clocks.ts'
import { AdmissionStream } from './admission-stream.ts'
import { makeCertificates, secretContent } from './certificates/made.ts'
import { RotatingReplicas } from './rotating-replicas.ts'
import { OPERATOR_NAMESPACE, type RunningWebhook, TEST_LIFETIMES } from './running.ts'
import { servedBy, untilReady, WebhookCluster } from './webhook-cluster.ts'

jest.setTimeout(240_000)

const DAY_MS = 86_400_000
/** The end of a PEM file that was not written to its end. */
const CUT_OFF = '-----BEGIN CERTIFICATE-----\nMIIB'

let cluster: WebhookCluster

beforeAll(async () => {
  cluster = await WebhookCluster.create()
}, 180_000)

afterAll(() => cluster?.stop())

beforeEach(() => cluster.reset())

describe('the certificates', () => {
  test('are made by the leader; its followers read them, serve them, and write nothing', async () => {
    const followers = await Promise.all([
      cluster.start({ isLeader: () => false }),
      cluster.start({ isLeader: () => false }),
    ])
    await eventually('the followers to wait', () =>
      followers.every(({ webhook }) => /the leader makes it$/.test(webhook.obstacles()[0] ?? '')),
    )
    const leader = await cluster.startRegistered()
    expect(leader.writes).toEqual(['Secret', 'configuration'])
    const [made, ...read] = await Promise.all(
      [leader, ...followers].map(async ({ webhook }) => {
        await untilReady({ webhook })
        return (await servedBy(webhook)).raw
      }),
    )
    for (const one of read) expect(one).toEqual(made)
    for (const { writes, requests } of followers) {
      expect(writes).toEqual([])
      expect(requests.filter(request => !request.startsWith('GET '))).toEqual([])
    }
    await cluster.untilInjected()
  })

  test('are made by a follower that becomes the leader', async () => {
    let leads = false
    const { webhook } = await cluster.start({ isLeader: () => leads })
    await eventually('it to wait', () => webhook.obstacles().length === 2)
    leads = true
    webhook.sync()
    await untilReady({ webhook })
  })

  test('name the Service by which the API server calls', async () => {
    const service = { namespace: OPERATOR_NAMESPACE, name: 'metricgate-webhook', port: 443 }
    const { webhook } = await cluster.startRegistered({ address: { service } })
    expect((await servedBy(webhook)).subjectAltName).toBe(
      'DNS:metricgate-webhook.metricgate-system.svc, ' +
        'DNS:metricgate-webhook.metricgate-system.svc.cluster.local, ' +
        'DNS:metricgate-webhook.metricgate-system',
    )
  })

  test('are those of the Secret after a restart', async () => {
    await (await cluster.startRegistered()).stop()
    const { data, metadata } = await cluster.readSecret()
    await cluster.startRegistered()
    expect(await cluster.readSecret()).toMatchObject({
      data,
      metadata: { resourceVersion: metadata?.resourceVersion },
    })
  })

  test.each<[string, Record<string, string>]>([
    ['hold nothing of use', { 'tls.crt': '', 'tls.key': '' }],
    ['are damaged', { 'tls.crt': 'x', 'tls.key': 'x', 'ca.crt': 'x', 'ca.key': 'x' }],
  ])('are made anew when they %s', async (_title, stringData) => {
    await cluster.createSecret(stringData)
    await cluster.startRegistered()
    await cluster.untilInjected()
  })

  test('are renewed when they are too old for the authority as well: the old one stays trusted', async () => {
    const old = await makeCertificates(['127.0.0.1'], Date.now() - 600 * DAY_MS)
    await cluster.createSecret({ ...secretContent(old) })
    await cluster.startRegistered()
    await cluster.untilInjected()
    const ids = await cluster.trusted()
    expect(ids).toHaveLength(2)
    expect(ids[1]).toBe(new X509Certificate(old.authority.certificate).fingerprint256)
  })

  test('are renewed while the webhook runs, when their time has come', async () => {
    let lateMs = 61 * DAY_MS
    const { webhook } = await cluster.startRegistered({
      clock: { ...machineClock, now: () => Date.now() - lateMs },
    })
    const [before, ids] = await Promise.all([servedBy(webhook), cluster.trusted()])
    lateMs = 0
    await cluster.untilServed(webhook, before)
    expect(await cluster.trusted()).toEqual(ids)
    await cluster.untilInjected()
  })

  test.each<[string, number]>([
    ['forward, past the end of all of them', 1_000],
    ['backward, before the beginning of all of them', -1_000],
  ])('are good again after the clock was set %s, and then set right', async (_title, days) => {
    let wrongMs = 0
    const { webhook } = await cluster.startRegistered({
      clock: { ...machineClock, now: () => Date.now() + wrongMs },
    })
    await cluster.untilInjected()
    const before = await servedBy(webhook)
    wrongMs = days * DAY_MS
    await cluster.untilServed(webhook, before)
    const wrong = await servedBy(webhook)
    wrongMs = 0
    await cluster.untilServed(webhook, wrong)
    await cluster.untilInjected()
  })

  test('are served while nobody trusts others: a new authority is trusted first', async () => {
    const { webhook } = await cluster.startRegistered({ lifetimes: { ...TEST_LIFETIMES, graceMs: 2_000 } })
    const [before, [first]] = await Promise.all([servedBy(webhook), cluster.trusted()])
    await cluster.deleteSecret()
    await eventually('two authorities', async () => (await cluster.trusted()).length === 2)
    expect((await cluster.trusted())[1]).toBe(first)
    expect((await servedBy(webhook)).raw).toEqual(before.raw)
    await cluster.untilServed(webhook, before)
    expect(await cluster.trusted()).toHaveLength(2)
    await cluster.untilInjected()
  })

  test.each<[string, Record<string, string>]>([
    ['spoilt', { 'tls.crt': 'x', 'tls.key': 'x', 'ca.crt': 'x', 'ca.key': 'x' }],
    ['emptied', { 'tls.crt': '', 'tls.key': '' }],
  ])(
    'are put right when the Secret is %s, and the API server can call all the time',
    async (_title, data) => {
      const { webhook } = await cluster.startRegistered()
      await cluster.untilInjected()
      const before = await servedBy(webhook)
      await cluster.replaceSecret(data)
      expect(webhook.obstacles()).toEqual([])
      await cluster.untilServed(webhook, before)
      expect(webhook.obstacles()).toEqual([])
      await cluster.untilInjected()
    },
  )

  test('are those of the Secret that is named; if that may not be read, the reason is told', async () => {
    const { webhook } = await cluster.start({ secretName: 'another-tls' })
    await eventually('the reason', () =>
      /secrets "another-tls" is forbidden/.test(webhook.obstacles().join()),
    )
  })
})

describe('certificates of somebody else', () => {
  const hosts = ['127.0.0.1']

  function startExternal(): Promise<RunningWebhook> {
    return cluster.start({ certificates: 'external' })
  }

  test('are served as they are, and the Secret is never written', async () => {
    const made = await makeCertificates(hosts, Date.now() - 80 * DAY_MS)
    const { 'ca.key': _, ...content } = secretContent(made)
    await cluster.createSecret(content)
    const { webhook, writes } = await startExternal()
    await untilReady({ webhook })
    expect((await servedBy(webhook)).raw).toEqual(new X509Certificate(made.certificate).raw)
    await cluster.untilInjected()
    expect(writes).toEqual(['configuration'])
  })

  test('are waited for, and the reason names the Secret', async () => {
    const { webhook } = await startExternal()
    await eventually('the reason', () => webhook.obstacles().length > 1)
    expect(webhook.obstacles()[0]).toBe(
      'the Secret "metricgate-system/metricgate-webhook-tls" is not there: ' +
        'with --certificates external it has to be made by cert-manager, or by you',
    )
    await cluster.createSecret({ ...secretContent(await makeCertificates(hosts, Date.now())) })
    await untilReady({ webhook })
  })

  test('may come from another authority next: the old one is trusted until the new certificate is served', async () => {
    const [before, after] = await Promise.all([
      makeCertificates(hosts, Date.now()),
      makeCertificates(hosts, Date.now()),
    ])
    const [old, next] = [before, after].map(
      ({ authority }) => new X509Certificate(authority.certificate).fingerprint256,
    )
    await cluster.createSecret({ ...secretContent(before) })
    const { webhook } = await startExternal()
    await untilReady({ webhook })
    await cluster.replaceSecret({ ...secretContent(after) })
    await eventually('both to be trusted', async () => (await cluster.trusted()).length === 2)
    expect(await cluster.trusted()).toEqual([next, old])
    await cluster.untilServed(webhook, new X509Certificate(before.certificate))
    await eventually('the old one to go', async () => (await cluster.trusted()).length === 1)
    expect(await cluster.trusted()).toEqual([next])
    await cluster.untilInjected()
  })

  test('that no TLS server can use are not served, and the reason names the key', async () => {
    const content = secretContent(await makeCertificates(hosts, Date.now()))
    await cluster.createSecret({ ...content, 'tls.crt': `${content['tls.crt']}\n${CUT_OFF}` })
    const { webhook } = await startExternal()
    await eventually('the reason', () =>
      /^the Secret ".+" has a key "tls.crt" that no TLS server can use \(.+\): /.test(
        webhook.obstacles()[0] ?? '',
      ),
    )
    expect(webhook.expiry()).toBeUndefined()
    await cluster.replaceSecret({ ...content })
    await untilReady({ webhook })
  })

  test.each<[string, (other: SecretContent) => Record<string, string>]>([
    ['damaged', () => ({ 'tls.crt': 'x', 'tls.key': 'x', 'ca.crt': 'x' })],
    [
      'of no use to a TLS server',
      ({ 'tls.crt': certificate, ...other }) => ({ ...other, 'tls.crt': `${certificate}\n${CUT_OFF}` }),
    ],
  ])('that are %s while good ones are served take nothing away', async (_title, spoil) => {
    const [made, other] = await Promise.all([
      makeCertificates(hosts, Date.now()),
      makeCertificates(hosts, Date.now() + DAY_MS / 48),
    ])
    await cluster.createSecret({ ...secretContent(made) })
    const { webhook, writes } = await startExternal()
    await untilReady({ webhook })
    await cluster.replaceSecret(spoil(secretContent(other)))
    await cluster.admission.deleteMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
    await eventually('the configuration', () => cluster.readConfiguration())
    await cluster.untilInjected()
    expect(webhook.obstacles()).toEqual([])
    expect(webhook.expiry()?.leafMs).toBe(new X509Certificate(made.certificate).validToDate.getTime())
    expect((await servedBy(webhook)).raw).toEqual(new X509Certificate(made.certificate).raw)
    expect(writes).not.toContain('Secret')
  })
})

describe('while pods are created without a pause', () => {
  test('authorities and certificates rotate, the leader changes, the Secret and the configuration are tampered with: none fails', async () => {
    await using replicas = await RotatingReplicas.start(cluster)
    const before = replicas.asked
    await using stream = new AdmissionStream(cluster.pods, 2)

    await replicas.until('a second authority', () => replicas.trusted.size >= 2)
    replicas.leader = 1
    await replicas.until('a third authority, of another leader', () => replicas.trusted.size >= 3)
    await cluster.deleteSecret()
    await replicas.until('an authority for a new Secret', () => replicas.trusted.size >= 4)
    await eventually('the edit, between two of the leader', () => setFailurePolicy('Fail'))
    await eventually('the configuration as it was', async () =>
      (await failurePolicies()).every(policy => policy === 'Ignore'),
    )
    await cluster.replaceSecret({ 'tls.crt': '', 'tls.key': '' })
    await replicas.until('an authority for the Secret that was emptied', () => replicas.trusted.size >= 5)
    await replicas.until('the first authorities to go', () => replicas.retired.size >= 2)
    await stream.end()

    expect(stream.failures).toEqual([])
    expect(replicas.asked - before).toBe(stream.created)
    for (const { admissions } of replicas.all) expect(admissions.length).toBeGreaterThan(stream.created / 4)
    for (const serials of replicas.served) expect(serials.size).toBeGreaterThanOrEqual(5)
    expect(replicas.bundleMax).toBeLessThanOrEqual(8)
  })
})

async function failurePolicies(): Promise<(string | undefined)[]> {
  return ((await cluster.readConfiguration()).webhooks ?? []).map(({ failurePolicy }) => failurePolicy)
}

/** Rejects when the configuration changes meanwhile. */
async function setFailurePolicy(failurePolicy: string): Promise<V1MutatingWebhookConfiguration> {
  const body = await cluster.readConfiguration()
  for (const webhook of body.webhooks ?? []) webhook.failurePolicy = failurePolicy
  return cluster.admission.replaceMutatingWebhookConfiguration({ name: 'metricgate', body })
}
