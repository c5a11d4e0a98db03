import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { describe, expect, test } from '@jest/globals'
import { CERTIFICATE_LIFETIMES } from '../../../../operator/webhook/limits.ts'
import { type Made, makeCertificates } from './made.ts'

const SERVICE = 'metricgate-webhook.metricgate-system.svc'
const HOSTS = [SERVICE, '127.0.0.1', '::1']
const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2030, 0, 1)

/** The name in the certificate that a client sees which trusts these authorities. Rejects when TLS does. */
async function handshake(served: Made, authorities: readonly Made[], servername: string): Promise<string> {
  const server = createServer({ cert: served.certificate, key: served.key }, socket => socket.end())
  // The client hangs up when it does not trust the server; that is its own matter.
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ca = authorities.map(({ authority }) => authority.certificate)
  const client = connect({ host: '127.0.0.1', port, ca, servername })
  try {
    await once(client, 'secureConnect')
    return String(client.getPeerCertificate().subject.CN)
  } finally {
    client.destroy()
    server.close()
  }
}

describe('a TLS handshake', () => {
  test('succeeds for a client that trusts the authority and calls by name', async () => {
    const made = await makeCertificates(HOSTS, Date.now())
    await expect(handshake(made, [made], SERVICE)).resolves.toBe('metricgate-webhook')
  })

  test('fails under another name', async () => {
    const made = await makeCertificates(HOSTS, Date.now())
    await expect(handshake(made, [made], 'other.svc')).rejects.toThrow(/altnames/)
  })

  test('fails for a client that trusts another authority of the same name', async () => {
    const [made, other] = [
      await makeCertificates(HOSTS, Date.now()),
      await makeCertificates(HOSTS, Date.now()),
    ]
    await expect(handshake(made, [other], SERVICE)).rejects.toThrow(/certificate/)
  })

  test('fails when the certificate is too old', async () => {
    const made = await makeCertificates(HOSTS, Date.now() - 91 * DAY_MS)
    await expect(handshake(made, [made], SERVICE)).rejects.toThrow(/expired/)
  })

  test('succeeds with certificates of either authority for a client that trusts both', async () => {
    const [old, young] = [
      await makeCertificates(HOSTS, Date.now()),
      await makeCertificates(HOSTS, Date.now()),
    ]
    await expect(handshake(old, [young, old], SERVICE)).resolves.toBe('metricgate-webhook')
    await expect(handshake(young, [young, old], SERVICE)).resolves.toBe('metricgate-webhook')
  })
})

describe('the certificates', () => {
  test('are those of an authority that can sign nothing but servers, and of one server', async () => {
    const made = await makeCertificates(HOSTS, NOW_MS)
    const [authority, server] = [made.authority.certificate, made.certificate].map(
      pem => new X509Certificate(pem),
    )
    expect(authority?.ca).toBe(true)
    expect(server?.ca).toBe(false)
    expect(server?.checkIssued(authority as X509Certificate)).toBe(true)
    expect(server?.verify((authority as X509Certificate).publicKey)).toBe(true)
    expect(server?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(server?.subjectAltName).toBe(`DNS:${SERVICE}, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1`)
  })

  test('begin earlier, for clocks that are late, and live as long as they are told', async () => {
    const lifetimes = {
      ...CERTIFICATE_LIFETIMES,
      authorityMs: 9_000,
      certificateMs: 3_000,
      backdatedMs: 2_000,
    }
    const made = await makeCertificates(HOSTS, NOW_MS, { lifetimes })
    const [authority, server] = [made.authority.certificate, made.certificate].map(pem => {
      const { validFromDate, validToDate } = new X509Certificate(pem)
      return [validFromDate.getTime() - NOW_MS, validToDate.getTime() - NOW_MS]
    })
    expect(authority).toEqual([-2_000, 9_000])
    expect(server).toEqual([-2_000, 3_000])
  })

  test('have serial numbers of their own, positive and of 16 bytes', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => makeCertificates(HOSTS, NOW_MS)))
    const serials = made
      .flatMap(({ authority, certificate }) => [authority.certificate, certificate])
      .map(pem => new X509Certificate(pem).serialNumber)
    expect(new Set(serials).size).toBe(16)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('never outlive their authority', async () => {
    const { authority } = await makeCertificates(HOSTS, NOW_MS)
    const late = await makeCertificates(HOSTS, NOW_MS + 729 * DAY_MS, { authority })
    const end = new X509Certificate(authority.certificate).validToDate
    expect(new X509Certificate(late.certificate).validToDate).toEqual(end)
  })
})
