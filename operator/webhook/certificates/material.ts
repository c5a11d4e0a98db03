import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type Authority, readAuthorities, readCertificate, splitPem } from './authority.ts'
import type { Issued } from './issue.ts'
import { unusable } from './tls.ts'

/** A serving certificate with which the API server can be answered. */
export interface Leaf {
  /** Its SHA-256 fingerprint. */
  readonly id: string
  /** PEM; intermediate certificates follow, if there are any. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  /** Ids of the authorities that vouch for it: who trusts one of them trusts the certificate. */
  readonly issuers: readonly string[]
  /** In force from here, in ms since the epoch… */
  readonly fromMs: number
  /** …until here. */
  readonly untilMs: number
}

/** What the Secret of the webhook holds. */
export interface Material {
  /** Those to trust, of `ca.crt`. In a Secret of our own the first one signs. */
  readonly authorities: readonly Authority[]
  /** The first authority with its key, of `ca.key`; undefined when there is no such key, or it is another's. */
  readonly signer: Issued | undefined
  /** Undefined: there is none that could be served; `flaws` says why. */
  readonly leaf: Leaf | undefined
  /** What is wrong with `tls.crt`, `tls.key` and `ca.crt`, each the end of a sentence that begins with the Secret. */
  readonly flaws: readonly string[]
}

/** Reads the data of the Secret, for a webhook that is called under these names. Whether it is in force depends on the time. */
export function readMaterial(
  data: Readonly<Record<string, string | undefined>>,
  hosts: readonly string[],
): Material {
  const { 'ca.crt': bundle = '', 'ca.key': authorityKey = '' } = data
  const authorities = readAuthorities(bundle)
  const flaws = authorities.length > 0 ? [] : [flawOf(data, 'ca.crt', 'PEM certificate')]
  const leaf = readLeaf(data, authorities, hosts)
  return {
    authorities,
    signer: signerOf(authorities[0], authorityKey),
    leaf: 'id' in leaf ? leaf : undefined,
    flaws: 'id' in leaf ? flaws : [...flaws, ...leaf.flaws],
  }
}

type Data = Parameters<typeof readMaterial>[0]

function readLeaf(
  data: Data,
  authorities: readonly Authority[],
  hosts: readonly string[],
): Leaf | { readonly flaws: string[] } {
  const { 'tls.crt': chain = '', 'tls.key': keyText = '' } = data
  const [certificate, ...intermediates] = splitPem(chain).map(readCertificate)
  const key = readKey(keyText)
  if (certificate === undefined || key === undefined) {
    return {
      flaws: [
        ...(certificate === undefined ? [flawOf(data, 'tls.crt', 'PEM certificate')] : []),
        ...(key === undefined ? [flawOf(data, 'tls.key', 'PEM private key without a passphrase')] : []),
      ],
    }
  }
  if (!certificate.checkPrivateKey(key)) {
    return { flaws: ['has a "tls.key" that is not the key of the certificate in "tls.crt"'] }
  }
  const refused = unusable({ certificate: chain, key: keyText })
  if (refused !== undefined) {
    const name = refused.part === 'key' ? 'tls.key' : 'tls.crt'
    return { flaws: [`has a key "${name}" that no TLS server can use (${refused.reason})`] }
  }
  const missing = hosts.filter(host => !covers(certificate, host))
  if (missing.length > 0) {
    return { flaws: [`has a certificate in "tls.crt" that is not valid for ${missing.join(', ')}`] }
  }
  const issuers = issuersOf(
    certificate,
    intermediates.filter(other => other !== undefined),
    authorities,
  )
  if (issuers.length === 0) {
    const isStrange = authorities.length > 0
    return {
      flaws: isStrange ? ['has a certificate in "tls.crt" that no authority in "ca.crt" has signed'] : [],
    }
  }
  return {
    id: certificate.fingerprint256,
    certificate: chain,
    key: keyText,
    issuers,
    fromMs: certificate.validFromDate.getTime(),
    untilMs: certificate.validToDate.getTime(),
  }
}

function flawOf(data: Data, key: string, right: string): string {
  return data[key] === undefined ? `has no key "${key}"` : `has a key "${key}" that holds no ${right}`
}

function signerOf(authority: Authority | undefined, key: string): Issued | undefined {
  const certificate = authority && readCertificate(authority.certificate)
  const parsed = readKey(key)
  if (certificate === undefined || parsed === undefined) return undefined
  return certificate.ca && certificate.checkPrivateKey(parsed)
    ? { certificate: certificate.toString(), key }
    : undefined
}

/** Authorities to which the chain leads, and the certificate itself where that is trusted. */
function issuersOf(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly Authority[],
): string[] {
  const chain = [certificate]
  for (const next of intermediates) {
    const last = chain.at(-1)
    if (last === undefined || !isSignedBy(last, next)) break
    chain.push(next)
  }
  return authorities
    .filter(authority => {
      const anchor = readCertificate(authority.certificate)
      return (
        anchor !== undefined &&
        chain.some(link => link.fingerprint256 === authority.id || isSignedBy(link, anchor))
      )
    })
    .map(({ id }) => id)
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function covers(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}
