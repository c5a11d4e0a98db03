import { AUTHORITIES_MAX } from '../limits.ts'
import type { Authority } from './authority.ts'

/** What the bundle depends on. */
export interface BundleFacts {
  /** `ca.crt` of the Secret; empty: there is none that can be read. */
  readonly stored: readonly Authority[]
  /** Certificates of its authority are trusted everywhere and have been served for the grace time since: by all replicas. */
  readonly isServed: boolean
  /** What was to be trusted until now, then what the webhook configuration trusts. */
  readonly before: readonly Authority[]
}

/**
 * The authorities that API servers are to trust: those of the Secret, and until its certificate is served those before as well. Without a
 * Secret nothing changes. Pure.
 */
export function trustBundle({ stored, isServed, before }: BundleFacts): Authority[] {
  if (stored.length > 0 && isServed) return [...stored]
  const ids = new Set(stored.map(({ id }) => id))
  return [...stored, ...before.filter(({ id }) => !ids.has(id)).slice(0, AUTHORITIES_MAX)]
}
