import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { describe, expect, test } from '@jest/globals'
import {
  type Certificates,
  isInForce,
  issueCertificates,
  renewalDue,
  renewCertificates,
} from '../../../operator/webhook/certificates.ts'

const SERVICE = 'metricgate-webhook.metricgate-system.svc'
const HOSTS = [SERVICE, '127.0.0.1', '::1']
const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2030, 0, 1)

/** The name in the certificate that a client sees which trusts these authorities. Rejects when TLS does. */
async function handshake(served: Certificates, authorities: string, servername: string): Promise<string> {
  const server = createServer({ cert: served.certificate, key: served.key }, socket => socket.end())
  // The client hangs up when it does not trust the server; that is its own matter.
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ host: '127.0.0.1', port, ca: authorities, servername })
  try {
    await once(client, 'secureConnect')
    return String(client.getPeerCertificate().subject.CN)
  } finally {
    client.destroy()
    server.close()
  }
}

test('certificates are in force while both are valid: not before, not after', async () => {
  const certificates = await issueCertificates(HOSTS, NOW_MS)
  expect(isInForce(certificates, NOW_MS)).toBe(true)
  expect(isInForce(certificates, NOW_MS - DAY_MS)).toBe(false)
  expect(isInForce(certificates, NOW_MS + 91 * DAY_MS)).toBe(false)
  expect(isInForce({ ...certificates, certificate: 'x' }, NOW_MS)).toBe(false)
})

describe('a TLS handshake', () => {
  test('succeeds for a client that trusts the authority and calls by name', async () => {
    const certificates = await issueCertificates(HOSTS, Date.now())
    await expect(handshake(certificates, certificates.authorities, SERVICE)).resolves.toBe(
      'metricgate-webhook',
    )
  })

  test('fails under another name', async () => {
    const certificates = await issueCertificates(HOSTS, Date.now())
    await expect(handshake(certificates, certificates.authorities, 'other.svc')).rejects.toThrow(/altnames/)
  })

  test('fails for a client that trusts another authority of the same name', async () => {
    const certificates = await issueCertificates(HOSTS, Date.now())
    const others = await issueCertificates(HOSTS, Date.now())
    await expect(handshake(certificates, others.authorities, SERVICE)).rejects.toThrow(/certificate/)
  })

  test('fails when the certificate is too old', async () => {
    const certificates = await issueCertificates(HOSTS, Date.now() - 91 * DAY_MS)
    await expect(handshake(certificates, certificates.authorities, SERVICE)).rejects.toThrow(/expired/)
  })

  test('with renewed certificates succeeds on the old bundle when the authority is the same', async () => {
    const before = await issueCertificates(HOSTS, Date.now() - 70 * DAY_MS)
    const after = await renewCertificates(before, HOSTS, Date.now())
    expect(after.certificate).not.toBe(before.certificate)
    await expect(handshake(after, before.authorities, SERVICE)).resolves.toBe('metricgate-webhook')
  })

  test('succeeds with both old and new certificates on the bundle of a renewed authority', async () => {
    const before = await issueCertificates(HOSTS, Date.now() - 500 * DAY_MS)
    const served = await issueCertificates(HOSTS, Date.now(), before)
    const after = await renewCertificates(served, HOSTS, Date.now())
    expect(after.authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    await expect(handshake(served, after.authorities, SERVICE)).resolves.toBe('metricgate-webhook')
    await expect(handshake(after, after.authorities, SERVICE)).resolves.toBe('metricgate-webhook')
  })
})

describe('the certificates', () => {
  test('are those of an authority that can sign nothing but servers, and of one server', async () => {
    const { authorities, certificate } = await issueCertificates(HOSTS, NOW_MS)
    const authority = new X509Certificate(authorities)
    const server = new X509Certificate(certificate)
    expect(authority.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.verify(authority.publicKey)).toBe(true)
    expect(server.checkIssued(authority)).toBe(true)
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(server.subjectAltName).toBe(`DNS:${SERVICE}, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1`)
  })

  test('begin an hour ago, for clocks that are late', async () => {
    const { certificate } = await issueCertificates(HOSTS, NOW_MS)
    expect(new X509Certificate(certificate).validFromDate.getTime()).toBe(NOW_MS - 3_600_000)
  })

  test('have serial numbers of their own, positive and of 16 bytes', async () => {
    const issued = await Promise.all(Array.from({ length: 8 }, () => issueCertificates(HOSTS, NOW_MS)))
    const serials = issued
      .flatMap(({ authorities, certificate }) => [authorities, certificate])
      .map(pem => new X509Certificate(pem).serialNumber)
    expect(new Set(serials).size).toBe(16)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('never outlive their authority', async () => {
    const before = await issueCertificates(HOSTS, NOW_MS)
    const late = await issueCertificates(HOSTS, NOW_MS + 729 * DAY_MS, before)
    const end = new X509Certificate(before.authorities).validToDate
    expect(new X509Certificate(late.certificate).validToDate).toEqual(end)
  })
})

describe('what has to be renewed', () => {
  const issued = issueCertificates(HOSTS, NOW_MS)
  const others = issueCertificates(HOSTS, NOW_MS)

  test.each<[string, number, readonly string[], string]>([
    ['nothing, when they are new', 0, HOSTS, 'none'],
    ['nothing, before two thirds of 90 days', 59, HOSTS, 'none'],
    ['the certificate, after that', 61, HOSTS, 'certificate'],
    ['the certificate, when it has expired', 100, HOSTS, 'certificate'],
    ['the certificate, when another name is needed', 0, [SERVICE, 'webhook.example.com'], 'certificate'],
    ['the certificate, when another address is needed', 0, ['192.0.2.1'], 'certificate'],
    ['the authority, after two thirds of two years', 488, HOSTS, 'authority'],
    ['the authority, when the clock was wrong', -1, HOSTS, 'authority'],
  ])('is %s', async (_title, days, hosts, renewal) => {
    expect(renewalDue(await issued, hosts, NOW_MS + days * DAY_MS)).toBe(renewal)
  })

  test.each<[string, (own: Certificates, other: Certificates) => Partial<Certificates>, string]>([
    ["another authority's key", (_own, other) => ({ authorityKey: other.authorityKey }), 'authority'],
    ['another authority', (_own, other) => ({ authorities: other.authorities }), 'authority'],
    ['no authority', () => ({ authorities: '' }), 'authority'],
    ['something that is no key', () => ({ key: 'key' }), 'authority'],
    [
      'a certificate of another authority',
      (_own, other) => ({ certificate: other.certificate, key: other.key }),
      'certificate',
    ],
    ['the key of another certificate', (_own, other) => ({ key: other.key }), 'certificate'],
    [
      'an authority as certificate',
      own => ({ certificate: own.authorities, key: own.authorityKey }),
      'certificate',
    ],
  ])('when they hold %s', async (_title, change, renewal) => {
    const [own, other] = await Promise.all([issued, others])
    expect(renewalDue({ ...own, ...change(own, other) }, HOSTS, NOW_MS)).toBe(renewal)
  })

  test('is nothing after a renewal', async () => {
    const damaged = { ...(await issued), certificate: 'not a certificate' }
    expect(renewalDue(await renewCertificates(damaged, HOSTS, NOW_MS), HOSTS, NOW_MS)).toBe('none')
  })

  test('an authority that has expired is not trusted any longer', async () => {
    const renewed = await renewCertificates(await issued, HOSTS, NOW_MS + 731 * DAY_MS)
    expect(renewed.authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
  })

  test('certificates that are in order stay the same object', async () => {
    expect(await renewCertificates(await issued, HOSTS, NOW_MS)).toBe(await issued)
  })
})
