import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import type { Lifetimes } from './lifetimes.ts'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface Issued {
  readonly certificate: string
  readonly key: string
}

/** RFC 5280 section 4.1.2.2: at most 20 bytes, positive. */
const SERIAL_BYTES = 16

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const AUTHORITY_NAME = 'CN=metricgate-webhook-ca'
const CERTIFICATE_NAME = 'CN=metricgate-webhook'

/** A new authority that begins at `nowMs` (since the epoch), but for the time by which certificates are backdated. */
export async function createAuthority(nowMs: number, lifetimes: Lifetimes): Promise<Issued> {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: AUTHORITY_NAME,
      notBefore: new Date(nowMs - lifetimes.backdatedMs),
      notAfter: new Date(nowMs + lifetimes.authorityMs),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/**
 * A serving certificate of the authority for `hosts` (DNS names and IP addresses). It never outlives the authority. Throws when the
 * authority cannot be read.
 */
export async function issueCertificate(
  authority: Issued,
  hosts: readonly string[],
  nowMs: number,
  lifetimes: Lifetimes,
): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.certificate)
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: CERTIFICATE_NAME,
      issuer: issuer.subject,
      notBefore: new Date(nowMs - lifetimes.backdatedMs),
      notAfter: new Date(Math.min(nowMs + lifetimes.certificateMs, issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey: await importKey(authority.key),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          hosts.map(host => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem)
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function randomSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES)
  // Positive and of full length: the first bit clear, the second set.
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex')
}
