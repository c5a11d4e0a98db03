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
