import 'reflect-metadata'
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

/** An authority of our own and the serving certificate that it signed; everything is PEM. */
export interface Certificates {
  /** The certificates to trust: that of the authority which signs, then those whose signatures may still be in use. */
  readonly authorities: string
  /** PKCS #8 key of the first of the authorities. */
  readonly authorityKey: string
  /** The serving certificate. */
  readonly certificate: string
  /** PKCS #8 key of the serving certificate. */
  readonly key: string
}

/** What has to be made anew: nothing, the serving certificate, or the authority with it. */
export type Renewal = 'none' | 'certificate' | 'authority'

const DAY_MS = 24 * 60 * 60 * 1000
const AUTHORITY_MS = 730 * DAY_MS
const CERTIFICATE_MS = 90 * DAY_MS
/** Certificates begin a little in the past, because the clocks of a cluster differ. */
const BACKDATED_MS = 60 * 60 * 1000
/** Renewal is due after this part of a lifetime. */
const RENEWAL_PART = 2 / 3
/** RFC 5280 section 4.1.2.2: at most 20 bytes, positive. */
const SERIAL_BYTES = 16

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const AUTHORITY_NAME = 'CN=metricgate-webhook-ca'
const CERTIFICATE_NAME = 'CN=metricgate-webhook'

/**
 * A serving certificate for `hosts` (DNS names and IP addresses) under the authority of `previous` or, without it, under
 * a new one.
 */
export async function issueCertificates(
  hosts: readonly string[],
  nowMs: number,
  previous?: Certificates,
): Promise<Certificates> {
  const authority = previous === undefined ? await createAuthority(nowMs) : await readAuthority(previous)
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: CERTIFICATE_NAME,
      issuer: authority.certificate.subject,
      notBefore: new Date(nowMs - BACKDATED_MS),
      notAfter: new Date(Math.min(nowMs + CERTIFICATE_MS, authority.certificate.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey: authority.key,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          hosts.map(host => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return {
    authorities: previous?.authorities ?? authority.certificate.toString('pem'),
    authorityKey: previous?.authorityKey ?? (await exportKey(authority.key)),
    certificate: certificate.toString('pem'),
    key: await exportKey(keys.privateKey),
  }
}

/**
 * The same certificates if they are in order for `hosts`, else what has to be new. An authority that is replaced stays
 * trusted while it is valid, since other replicas serve its certificates until they have read the new ones.
 */
export async function renewCertificates(
  previous: Certificates,
  hosts: readonly string[],
  nowMs: number,
): Promise<Certificates> {
  const renewal = renewalDue(previous, hosts, nowMs)
  if (renewal === 'none') return previous
  if (renewal === 'certificate') return issueCertificates(hosts, nowMs, previous)
  const renewed = await issueCertificates(hosts, nowMs)
  const replaced = read(previous)?.authority
  if (replaced === undefined || !isValidAt(replaced, nowMs)) return renewed
  return { ...renewed, authorities: `${renewed.authorities}\n${replaced.toString()}` }
}

/** Which renewal is due to serve `hosts`: by age (two thirds of a lifetime), by name, or because something is damaged. */
export function renewalDue(certificates: Certificates, hosts: readonly string[], nowMs: number): Renewal {
  const parts = read(certificates)
  if (parts === undefined) return 'authority'
  const { authority, authorityKey, certificate, key } = parts
  if (!authority.ca || !authority.checkPrivateKey(authorityKey) || !isFreshAt(authority, nowMs)) {
    return 'authority'
  }
  const serves =
    isFreshAt(certificate, nowMs) &&
    certificate.checkPrivateKey(key) &&
    certificate.verify(authority.publicKey) &&
    hosts.every(host => covers(certificate, host))
  return serves ? 'none' : 'certificate'
}

/** Is the serving certificate, and the authority that signed it, valid now? */
export function isInForce(certificates: Certificates, nowMs: number): boolean {
  const parts = read(certificates)
  return parts !== undefined && isValidAt(parts.authority, nowMs) && isValidAt(parts.certificate, nowMs)
}

interface ReadCertificates {
  readonly authority: X509Certificate
  readonly authorityKey: KeyObject
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

/** `undefined` if one of them cannot be read: somebody has changed the Secret by hand. */
function read({ authorities, authorityKey, certificate, key }: Certificates): ReadCertificates | undefined {
  try {
    return {
      authority: new X509Certificate(splitPem(authorities)[0] ?? ''),
      authorityKey: createPrivateKey(authorityKey),
      certificate: new X509Certificate(certificate),
      key: createPrivateKey(key),
    }
  } catch {
    return undefined
  }
}

function covers(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
}

function isValidAt(certificate: X509Certificate, nowMs: number): boolean {
  return certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime()
}

function isFreshAt(certificate: X509Certificate, nowMs: number): boolean {
  const fromMs = certificate.validFromDate.getTime()
  return fromMs <= nowMs && nowMs < fromMs + (certificate.validToDate.getTime() - fromMs) * RENEWAL_PART
}

interface Authority {
  readonly certificate: x509.X509Certificate
  readonly key: webcrypto.CryptoKey
}

async function createAuthority(nowMs: number): Promise<Authority> {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: AUTHORITY_NAME,
      notBefore: new Date(nowMs - BACKDATED_MS),
      notAfter: new Date(nowMs + AUTHORITY_MS),
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
  return { certificate, key: keys.privateKey }
}

async function readAuthority({ authorities, authorityKey }: Certificates): Promise<Authority> {
  const der = x509.PemConverter.decodeFirst(authorityKey)
  return {
    certificate: new x509.X509Certificate(splitPem(authorities)[0] ?? ''),
    key: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']),
  }
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
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

function splitPem(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}
