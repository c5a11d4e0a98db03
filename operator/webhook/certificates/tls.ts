import { createSecureContext } from 'node:tls'
import type { Issued } from './issue.ts'

/** How the webhook speaks TLS, whatever its certificate. */
export const TLS_OPTIONS = { minVersion: 'TLSv1.2' } as const

/** Why a TLS server could not be given the certificate with its key, which belong together, and which of both is to blame. */
export interface Unusable {
  readonly part: keyof Issued
  readonly reason: string
}

/**
 * Tries what a TLS server would do with both: it is stricter than reading them, with weak keys and with what follows the certificate.
 * Undefined: it would take them.
 */
export function unusable({ certificate, key }: Issued): Unusable | undefined {
  return refusal('certificate', { cert: certificate }) ?? refusal('key', { cert: certificate, key })
}

function refusal(part: Unusable['part'], material: { cert: string; key?: string }): Unusable | undefined {
  try {
    createSecureContext({ ...TLS_OPTIONS, ...material })
    return undefined
  } catch (error) {
    return { part, reason: Error.isError(error) ? error.message : String(error) }
  }
}
