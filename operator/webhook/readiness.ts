import { isInForce } from './certificates/authority.ts'
import type { CertificateMode } from './certificates/keeper.ts'
import type { Leaf, Material } from './certificates/material.ts'
import type { SecretRef } from './certificates/secret.ts'
import { standingOf, type Trust } from './certificates/trust.ts'

/** What a replica knows of the webhook. */
export interface ReadinessFacts {
  readonly mode: CertificateMode
  readonly secret: SecretRef
  /** Name of the webhook configuration. */
  readonly configuration: string
  /** Is it known what is in the Secret, and in the configuration? */
  readonly isSynced: boolean
  /** What the Secret holds; undefined: there is none. */
  readonly stored: Material | undefined
  readonly served: Leaf | undefined
  readonly exists: boolean
  readonly trust: Trust
  /** What failed last, for as long as it does. */
  readonly troubles: readonly string[]
  /** In ms since the epoch. */
  readonly nowMs: number
}

/**
 * Why the API server cannot call this replica (yet), a sentence for each reason: it can when a certificate in force is served and the
 * webhook configuration trusts it. A Secret that is spoilt while a good certificate is served takes nothing away. Pure.
 */
export function webhookObstacles(facts: ReadinessFacts): string[] {
  const { configuration, isSynced, served, exists, trust, troubles, nowMs } = facts
  if (!isSynced) {
    return ['the Secret and the configuration of the webhook are not known yet', ...troubles]
  }
  const obstacles = served === undefined ? certificateObstacles(facts) : []
  const name = JSON.stringify(configuration)
  if (!exists) obstacles.push(`there is no webhook configuration ${name} yet: the leader makes it`)
  if (served !== undefined && !isInForce(served, nowMs)) {
    obstacles.push(
      `the certificate that the webhook serves is valid from ${date(served.fromMs)} to ${date(served.untilMs)}`,
    )
  } else if (served !== undefined && exists && standingOf(served, trust, nowMs) === 'refused') {
    obstacles.push(`the webhook configuration ${name} does not trust the certificate that the webhook serves`)
  }
  return obstacles.length === 0 ? [] : [...obstacles, ...troubles]
}

function certificateObstacles(facts: ReadinessFacts): string[] {
  const obstacles = secretObstacles(facts)
  return obstacles.length > 0 ? obstacles : ['the webhook does not serve the certificate of the Secret yet']
}

/** What is wrong with the Secret, each in a sentence that names it and the key. */
export function secretObstacles({
  mode,
  secret,
  stored,
}: Pick<ReadinessFacts, 'mode' | 'secret' | 'stored'>): string[] {
  const name = `the Secret "${secret.namespace}/${secret.name}"`
  const remedy =
    mode === 'managed'
      ? 'the leader makes it'
      : 'with --certificates external it has to be made by cert-manager, or by you'
  if (stored === undefined) return [`${name} is not there: ${remedy}`]
  return stored.flaws.map(flaw => `${name} ${flaw}: ${remedy}`)
}

function date(ms: number): string {
  return new Date(ms).toISOString()
}
