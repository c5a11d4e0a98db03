import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import {
  createAuthority,
  type Issued,
  issueCertificate,
} from '../../../../operator/webhook/certificates/issue.ts'
import type { Lifetimes } from '../../../../operator/webhook/certificates/lifetimes.ts'
import type { SecretContent } from '../../../../operator/webhook/certificates/secret.ts'
import { CERTIFICATE_LIFETIMES } from '../../../../operator/webhook/limits.ts'

/** A certificate for a server with the authority that signed it; everything is PEM. */
export interface Made extends Issued {
  readonly authority: Issued
}

/** Makes both, as if it were `nowMs`, unless there is an authority already. */
export async function makeCertificates(
  hosts: readonly string[],
  nowMs: number,
  { lifetimes = CERTIFICATE_LIFETIMES, authority }: { lifetimes?: Lifetimes; authority?: Issued } = {},
): Promise<Made> {
  const issuer = authority ?? (await createAuthority(nowMs, lifetimes))
  return { ...(await issueCertificate(issuer, hosts, nowMs, lifetimes)), authority: issuer }
}

/** The data of a Secret with these. */
export function secretContent({ certificate, key, authority }: Made): SecretContent {
  return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate, 'ca.key': authority.key }
}

/** A certificate for 127.0.0.1 that is its own authority, with an RSA key of so many bits. */
export async function makeRsaCertificate(modulusLength: number): Promise<Issued> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const extensions = [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { name: 'CN=rsa', keys, signingAlgorithm: algorithm, extensions },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
}
