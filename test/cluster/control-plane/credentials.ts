import 'reflect-metadata'
import { generateKeyPairSync, KeyObject, randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** The secrets of one control plane; keys and certificates are PEM. */
export interface Credentials {
  readonly caCertificate: string
  readonly servingCertificate: string
  readonly servingKey: string
  /** Signs the tokens of ServiceAccounts. */
  readonly serviceAccountKey: string
  /** The bearer token of the cluster administrator. */
  readonly adminToken: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

// No clock: what is signed here goes away with its control plane.
const VALIDITY = { notBefore: new Date('2020-01-01'), notAfter: new Date('2120-01-01') }

/**
 * Makes the credentials of one control plane, whose API server is reached as 127.0.0.1 or localhost, from pods by the name
 * of its Service, and at further IP addresses.
 */
export async function createCredentials(addresses: readonly string[] = []): Promise<Credentials> {
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=metricgate-test-ca',
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    ...VALIDITY,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  })
  const servingKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const serving = await X509CertificateGenerator.create({
    subject: 'CN=kube-apiserver',
    issuer: ca.subject,
    publicKey: servingKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...VALIDITY,
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...['127.0.0.1', ...addresses].map(value => ({ type: 'ip' as const, value })),
        { type: 'dns', value: 'localhost' },
        { type: 'dns', value: 'kubernetes.default.svc' },
      ]),
    ],
  })
  return {
    caCertificate: ca.toString('pem'),
    servingCertificate: serving.toString('pem'),
    servingKey: toPem(KeyObject.from(servingKeys.privateKey)),
    serviceAccountKey: toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    adminToken: randomBytes(24).toString('hex'),
  }
}

function toPem(key: KeyObject): string {
  // SEC 1: kube-apiserver reads no public key out of a PKCS #8 private one.
  return key.export({ type: 'sec1', format: 'pem' }).toString()
}
