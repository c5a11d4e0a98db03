import type { Authority } from '../../../../operator/webhook/certificates/authority.ts'
import type { Lifetimes } from '../../../../operator/webhook/certificates/lifetimes.ts'
import type { Leaf, Material } from '../../../../operator/webhook/certificates/material.ts'

/** An authority that began at that time, without any cryptography: it is known by its name. */
export function authority(id: string, begunMs: number, { authorityMs, backdatedMs }: Lifetimes): Authority {
  return { id, certificate: id, fromMs: begunMs - backdatedMs, untilMs: begunMs + authorityMs }
}

/** A serving certificate of that authority, issued at that time. */
export function leaf(id: string, issuer: Authority, issuedMs: number, lifetimes: Lifetimes): Leaf {
  const { certificateMs, backdatedMs } = lifetimes
  return {
    id,
    certificate: id,
    key: id,
    issuers: [issuer.id],
    fromMs: issuedMs - backdatedMs,
    untilMs: Math.min(issuedMs + certificateMs, issuer.untilMs),
  }
}

/** A Secret in which everything is in order. */
export function material(authorities: readonly Authority[], served: Leaf | undefined): Material {
  const [signer] = authorities
  return {
    authorities,
    signer: signer && { certificate: signer.certificate, key: `key of ${signer.id}` },
    leaf: served,
    flaws: [],
  }
}
