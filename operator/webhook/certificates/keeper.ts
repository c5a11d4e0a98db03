import type { V1OwnerReference } from '@kubernetes/client-node'
import * as z from 'zod'
import { ApiError } from '../../kubernetes/api-error.ts'
import type { ListWatch } from '../../kubernetes/list-watch.ts'
import { REPAIR_MS } from '../limits.ts'
import { type ObjectWatchContext, watchObject } from '../object-watch.ts'
import type { Authority } from './authority.ts'
import { type Change, carryOut } from './carry-out.ts'
import type { Lifetimes } from './lifetimes.ts'
import { type Leaf, type Material, readMaterial } from './material.ts'
import { Replica } from './replica.ts'
import { readSecret, type SecretRef, type StoredSecret, secretsPath, writeSecret } from './secret.ts'
import type { Trust } from './trust.ts'

/** Whose the Secret is: the operator's own, or somebody else's, which is only read. */
export type CertificateMode = 'managed' | 'external'

/** Where the certificates are kept, and what they are for. */
export interface CertificateKeeperOptions extends ObjectWatchContext {
  readonly mode: CertificateMode
  readonly secret: SecretRef
  /** DNS names and IP addresses under which the API server calls. */
  readonly hosts: readonly string[]
  readonly lifetimes: Lifetimes
  readonly owner?: V1OwnerReference | undefined
  /** Begins to serve this certificate. When it throws, what was served before is served still. */
  readonly serve: (leaf: Leaf) => void
  /** The Secret has changed, or the time for something has come: `observe` and `rotate` may have something to do. */
  readonly onChange: () => void
  /** The Secret has been written. */
  readonly onRenewed: () => void
}

const listSchema = z.object({
  items: z
    .array(z.object({ metadata: z.object({ resourceVersion: z.string() }) }))
    .nullable()
    .transform(items => items ?? []),
})

/**
 * The certificates of the webhook, from the Secret that all replicas share. Each replica follows it by a watch, and serves a new
 * certificate when that is trusted; the leader renews them in the steps of `nextStep`.
 */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions
  readonly #watch: ListWatch<StoredSecret>
  readonly #replica: Replica
  #read: { readonly version: string; readonly material: Material } | undefined
  /** When the Secret was last written, by the clock's `monotonicMs`. */
  #changedMs = Number.NEGATIVE_INFINITY

  constructor(options: CertificateKeeperOptions) {
    const { clock, secret, lifetimes, onChange } = options
    this.#options = options
    this.#replica = new Replica({
      clock,
      lifetimes,
      serve: leaf => this.#serve(leaf),
      onSettled: onChange,
    })
    const watched = {
      path: secretsPath(secret),
      name: secret.name,
      subject: 'the Secret with the certificates',
      read: readSecret,
    }
    this.#watch = watchObject(watched, options)
  }

  /** Resolves when it is known whether there is a Secret. */
  get synced(): Promise<void> {
    return this.#watch.synced
  }

  /** What keeps it from knowing; undefined: nothing. */
  get trouble(): string | undefined {
    return this.#watch.trouble?.message
  }

  /** What the Secret holds; undefined: there is none. */
  get stored(): Material | undefined {
    const { hosts, log } = this.#options
    const secret = this.#secret
    if (secret === undefined) return undefined
    const version = secret.metadata.resourceVersion
    if (this.#read?.version !== version) {
      const material = readMaterial(secret.data, hosts)
      this.#read = { version, material }
      if (material.flaws.length > 0)
        log.warn({ flaws: material.flaws }, 'the Secret with the certificates is spoilt')
    }
    return this.#read.material
  }

  /** The certificate that is served; undefined: none yet. */
  get served(): Leaf | undefined {
    return this.#replica.served
  }

  /** What the webhook configuration trusts. */
  get trust(): Trust {
    return this.#replica.trust
  }

  /** The authorities that the webhook configuration has to trust; none while nothing is known. */
  get bundle(): readonly Authority[] {
    return this.#replica.bundle
  }

  /** Begins to watch. */
  start(): void {
    this.#watch.start()
  }

  /** Ends the watch and all timers. */
  async stop(): Promise<void> {
    this.#replica.stop()
    await this.#watch.stop()
  }

  /**
   * Takes note of the authorities that the webhook configuration trusts, and serves the certificate that is best now. Throws, each time,
   * when that cannot be served: `served` remains what it was.
   */
  observe(trusted: readonly Authority[]): void {
    this.#replica.observe(this.stored, trusted)
  }

  /** Takes the next step, for the leader; returns after how many ms to look again. Throws ApiError. */
  async rotate(): Promise<number> {
    const { clock, mode, lifetimes } = this.#options
    if (mode === 'external') return lifetimes.checkMs
    const stored = this.stored
    const step = this.#replica.nextStep(stored)
    if (step.kind === 'wait') return Math.min(step.untilMs - clock.now(), lifetimes.checkMs)
    const sinceMs = clock.monotonicMs() - this.#changedMs
    if (sinceMs < REPAIR_MS) return REPAIR_MS - sinceMs
    return this.#change(step, stored)
  }

  /**
   * Is what the watch says of the Secret what there is? A replica that has just begun to lead may be behind, and would have API servers
   * trust what was right then. Throws ApiError.
   */
  async isCurrent(): Promise<boolean> {
    const { client, secret } = this.#options
    const query = { fieldSelector: `metadata.name=${secret.name}` }
    const { items } = listSchema.parse(await client.json({ path: secretsPath(secret), query }))
    return items[0]?.metadata.resourceVersion === this.#secret?.metadata.resourceVersion
  }

  #serve(leaf: Leaf): void {
    const { log, serve } = this.#options
    serve(leaf)
    log.info({ validUntil: new Date(leaf.untilMs).toISOString() }, 'the webhook serves another certificate')
  }

  async #change(step: Change, stored: Material | undefined): Promise<number> {
    const { client, clock, log, secret, hosts, lifetimes, owner, onRenewed } = this.#options
    const before = this.#secret
    const content = await carryOut(step, stored, { hosts, nowMs: clock.now(), lifetimes })
    try {
      await writeSecret(client, secret, content, { before, owner })
    } catch (error) {
      // The watch has not told us yet what is there now.
      if (error instanceof ApiError && error.isConflict) return REPAIR_MS
      throw error
    }
    this.#changedMs = clock.monotonicMs()
    onRenewed()
    log.info(
      { ...secret, step: step.kind, isNew: before === undefined },
      'renewed the certificates of the webhook',
    )
    return lifetimes.checkMs
  }

  get #secret(): StoredSecret | undefined {
    const { namespace, name } = this.#options.secret
    return this.#watch.store.get(namespace, name)
  }
}
