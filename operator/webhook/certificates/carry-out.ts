import { writeAuthorities } from './authority.ts'
import { createAuthority, type Issued, issueCertificate } from './issue.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { Leaf, Material } from './material.ts'
import type { Step } from './rotation.ts'
import type { SecretContent } from './secret.ts'

/** A step that changes the Secret. */
export type Change = Exclude<Step, { kind: 'wait' }>

/** What the Secret holds after the step. Throws "BUG:" when there is nothing that could sign. */
export async function carryOut(
  step: Change,
  stored: Material | undefined,
  { hosts, nowMs, lifetimes }: { hosts: readonly string[]; nowMs: number; lifetimes: Lifetimes },
): Promise<SecretContent> {
  if (step.kind === 'begin') {
    const authority = await createAuthority(nowMs, lifetimes)
    const leaf = step.leaf ?? (await issueCertificate(authority, hosts, nowMs, lifetimes))
    return content(authority, `${authority.certificate.trim()}\n${writeAuthorities(step.keep)}`, leaf)
  }
  if (stored?.signer === undefined)
    throw new Error(`BUG: step "${step.kind}" without an authority that can sign`)
  const { signer, authorities, leaf } = stored
  if (step.kind === 'issue') {
    return content(
      signer,
      writeAuthorities(authorities),
      await issueCertificate(signer, hosts, nowMs, lifetimes),
    )
  }
  if (leaf === undefined) throw new Error(`BUG: step "${step.kind}" without a certificate`)
  return content(signer, writeAuthorities(step.keep), leaf)
}

function content(signer: Issued, bundle: string, leaf: Issued | Leaf): SecretContent {
  return { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': bundle, 'ca.key': signer.key }
}
