import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { Issued } from '../../../../operator/webhook/certificates/issue.ts'
import { type Material, readMaterial } from '../../../../operator/webhook/certificates/material.ts'
import type { SecretContent } from '../../../../operator/webhook/certificates/secret.ts'
import { makeCertificates, makeRsaCertificate, secretContent } from './made.ts'

const HOSTS = ['webhook.test.svc', '127.0.0.1']
const NOW_MS = Date.UTC(2030, 0, 1)
const made = makeCertificates(HOSTS, NOW_MS)
const others = makeCertificates(HOSTS, NOW_MS)

async function contents(): Promise<[own: SecretContent, other: SecretContent]> {
  const [own, other] = await Promise.all([made, others])
  return [secretContent(own), secretContent(other)]
}

function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
}

function idOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256
}

test('what is in order is read', async () => {
  const [content, other] = await contents()
  const bundle = `${content['ca.crt']}\n${other['ca.crt']}\n${content['ca.crt']}`
  const { authorities, leaf, signer, flaws } = readMaterial({ ...content, 'ca.crt': bundle }, HOSTS)
  expect(flaws).toEqual([])
  expect(authorities.map(({ id }) => id)).toEqual([idOf(content['ca.crt']), idOf(other['ca.crt'])])
  expect(authorities[0]).toMatchObject({ fromMs: NOW_MS - 3_600_000, untilMs: NOW_MS + 730 * 86_400_000 })
  expect(leaf).toMatchObject({
    id: idOf(content['tls.crt']),
    issuers: [idOf(content['ca.crt'])],
    fromMs: NOW_MS - 3_600_000,
    untilMs: NOW_MS + 90 * 86_400_000,
  })
  expect(signer?.key).toBe(content['ca.key'])
})

test('an authority between is followed', async () => {
  const content = await made.then(secretContent)
  const root = (await others).authority
  const intermediate = (await makeCertificates(HOSTS, NOW_MS, { authority: root })).certificate
  const chain = `${content['tls.crt']}\n${intermediate}`
  expect(readMaterial({ ...content, 'tls.crt': chain }, HOSTS).leaf?.issuers).toEqual([
    idOf(content['ca.crt']),
  ])
  const stray = readMaterial({ ...content, 'tls.crt': chain, 'ca.crt': root.certificate }, HOSTS)
  // The second certificate of the chain has not signed the first.
  expect(stray.leaf).toBeUndefined()
})

test('a certificate that is its own authority is one', async () => {
  const content = await made.then(secretContent)
  const self = readMaterial({ ...content, 'ca.crt': content['tls.crt'] }, HOSTS)
  expect(self.leaf?.issuers).toEqual([idOf(content['tls.crt'])])
})

describe('what is wrong is told, with the key', () => {
  test.each<
    [string, (own: SecretContent, other: SecretContent) => Record<string, string | undefined>, string[]]
  >([
    ['no authority', () => ({ 'ca.crt': undefined }), ['has no key "ca.crt"']],
    ['no authority in it', () => ({ 'ca.crt': '' }), ['has a key "ca.crt" that holds no PEM certificate']],
    [
      'neither certificate nor key',
      () => ({ 'tls.crt': 'x', 'tls.key': undefined }),
      ['has a key "tls.crt" that holds no PEM certificate', 'has no key "tls.key"'],
    ],
    [
      'something that is no key',
      () => ({ 'tls.key': 'key' }),
      ['has a key "tls.key" that holds no PEM private key without a passphrase'],
    ],
    [
      'the key of another certificate',
      (_own, other) => ({ 'tls.key': other['tls.key'] }),
      ['has a "tls.key" that is not the key of the certificate in "tls.crt"'],
    ],
    [
      'a certificate of another authority',
      (_own, other) => ({ 'tls.crt': other['tls.crt'], 'tls.key': other['tls.key'] }),
      ['has a certificate in "tls.crt" that no authority in "ca.crt" has signed'],
    ],
    [
      'an authority as certificate',
      own => ({ 'tls.crt': own['ca.crt'], 'tls.key': own['ca.key'] }),
      ['has a certificate in "tls.crt" that is not valid for webhook.test.svc, 127.0.0.1'],
    ],
  ])('%s', async (_title, change, flaws) => {
    const [own, other] = await contents()
    const material = readMaterial({ ...own, ...change(own, other) }, HOSTS)
    expect(material.flaws).toEqual(flaws)
    expect(material.leaf).toBeUndefined()
  })

  test('names that it is not valid for', async () => {
    const material = readMaterial({ ...(await contents())[0] }, [...HOSTS, '192.0.2.1', 'other.test.svc'])
    expect(material.flaws).toEqual([
      'has a certificate in "tls.crt" that is not valid for 192.0.2.1, other.test.svc',
    ])
  })
})

describe('what can be read, and no TLS server can use, is told with the reason', () => {
  test.each<[string, string, RegExp]>([
    ['a chain that breaks off', '-----BEGIN CERTIFICATE-----\nMIIB', /bad end line/],
    ['no certificate after the first', pemOf('AAAA'), /asn1|ASN1|encoding/],
  ])('%s', async (_title, rest, reason) => {
    const own = await made.then(secretContent)
    const { flaws, leaf } = readMaterial({ ...own, 'tls.crt': `${own['tls.crt']}\n${rest}` }, HOSTS)
    expect(flaws).toHaveLength(1)
    expect(flaws[0]).toMatch(/^has a key "tls.crt" that no TLS server can use \(.+\)$/)
    expect(flaws[0]).toMatch(reason)
    expect(leaf).toBeUndefined()
  })

  test('a key that is too weak', async () => {
    const [weak, strong] = await Promise.all([1024, 2048].map(makeRsaCertificate))
    const flawsOf = ({ certificate, key }: Issued): readonly string[] =>
      readMaterial({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate }, ['127.0.0.1']).flaws
    expect(flawsOf(weak as Issued)).toEqual([
      expect.stringMatching(/^has a key "tls.crt" that no TLS server can use \(.*ee key too small\)$/),
    ])
    expect(flawsOf(strong as Issued)).toEqual([])
  })
})

describe('nothing can be signed', () => {
  test.each<[string, (own: SecretContent, other: SecretContent) => Record<string, string | undefined>]>([
    ['without the key', () => ({ 'ca.key': undefined })],
    ['with the key of another authority', (_own, other) => ({ 'ca.key': other['ca.key'] })],
    ['with what is no key', () => ({ 'ca.key': 'x' })],
    ['by what is no authority', own => ({ 'ca.crt': own['tls.crt'], 'ca.key': own['tls.key'] })],
    ['without the authority', () => ({ 'ca.crt': '' })],
  ])('%s', async (_title, change) => {
    const [own, other] = await contents()
    const read = (data: Record<string, string | undefined>): Material => readMaterial(data, HOSTS)
    expect(read({ ...own, ...change(own, other) }).signer).toBeUndefined()
  })
})
