import { X509Certificate } from 'node:crypto'

/** A certificate that API servers are told to trust. */
export interface Authority {
  /** Its SHA-256 fingerprint. */
  readonly id: string
  /** PEM. */
  readonly certificate: string
  /** In force from here, in ms since the epoch… */
  readonly fromMs: number
  /** …until here. */
  readonly untilMs: number
}

/** The certificates of a PEM bundle, each once, in their order; what cannot be read is left out. */
export function readAuthorities(bundle: string): Authority[] {
  const certificates = splitPem(bundle).map(readCertificate)
  return distinct(certificates.filter(certificate => certificate !== undefined).map(authorityOf))
}

/** The bundle that `readAuthorities` reads. */
export function writeAuthorities(authorities: readonly Authority[]): string {
  return authorities.map(({ certificate }) => `${certificate.trim()}\n`).join('')
}

/** Each authority once, where it comes first. */
export function distinct(authorities: readonly Authority[]): Authority[] {
  return [...new Map(authorities.map(authority => [authority.id, authority])).values()]
}

/** Undefined when it is none. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** The certificates of a bundle or chain, each as PEM. */
export function splitPem(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

/** Is it valid at that time? */
export function isInForce({ fromMs, untilMs }: { fromMs: number; untilMs: number }, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs
}

function authorityOf(certificate: X509Certificate): Authority {
  return {
    id: certificate.fingerprint256,
    certificate: certificate.toString(),
    fromMs: certificate.validFromDate.getTime(),
    untilMs: certificate.validToDate.getTime(),
  }
}
