import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import * as z from 'zod'
import { FIELD_MANAGER } from '../api/labels.ts'
import type { ListWatch } from '../kubernetes/list-watch.ts'
import type { Stored } from '../kubernetes/store.ts'
import { type Authority, readAuthorities } from './certificates/authority.ts'
import { type ObjectWatchContext, watchObject } from './object-watch.ts'
import { saySame } from './same-entries.ts'

/** Which configuration, and who is told of it. */
export interface RegistrationOptions extends ObjectWatchContext {
  /** Its name. */
  readonly name: string
  /** Somebody has changed it, be it ourselves. */
  readonly onChange: () => void
  /** We have changed it. */
  readonly onRegistered: () => void
}

/** The configuration as the API server holds it. */
interface StoredConfiguration extends Stored {
  /** Those that every entry trusts. */
  readonly authorities: readonly Authority[]
}

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

const configurationSchema = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
  webhooks: z
    .array(
      z.looseObject({ name: z.string(), clientConfig: z.looseObject({ caBundle: z.string().default('') }) }),
    )
    .nullish()
    .transform(webhooks => webhooks ?? []),
})

/** The MutatingWebhookConfiguration at the API server: what it says, by a watch, and writing it by server-side apply. */
export class Registration {
  readonly #options: RegistrationOptions
  readonly #watch: ListWatch<StoredConfiguration>
  #applied: { readonly json: string; readonly resourceVersion: string; readonly atMs: number } | undefined

  constructor(options: RegistrationOptions) {
    this.#options = options
    const watched = {
      path: PATH,
      name: options.name,
      subject: 'the webhook configuration',
      read: readConfiguration,
    }
    this.#watch = watchObject(watched, options)
  }

  /** Resolves when it is known whether there is one. */
  get synced(): Promise<void> {
    return this.#watch.synced
  }

  /** What keeps it from knowing; undefined: nothing. */
  get trouble(): string | undefined {
    return this.#watch.trouble?.message
  }

  /** Is there one? */
  get exists(): boolean {
    return this.#stored !== undefined
  }

  /** The authorities that it trusts. */
  get trusted(): readonly Authority[] {
    return this.#stored?.authorities ?? []
  }

  /** Begins to watch. */
  start(): void {
    this.#watch.start()
  }

  /** Ends the watch; the configuration stays. */
  stop(): Promise<void> {
    return this.#watch.stop()
  }

  /** Since when it has been as desired by our own hand, by the clock's `monotonicMs`; undefined: it is not, as far as we know. */
  sinceMs(desired: V1MutatingWebhookConfiguration): number | undefined {
    const applied = this.#applied
    // Nobody has changed it since our last apply if it still has the version that came of that: fields need not be compared.
    const isCurrent =
      applied !== undefined &&
      applied.resourceVersion === this.#stored?.metadata.resourceVersion &&
      applied.json === JSON.stringify(desired)
    return isCurrent ? applied.atMs : undefined
  }

  /** Makes it as desired. Throws ApiError. */
  async apply(desired: V1MutatingWebhookConfiguration): Promise<void> {
    const { clock, log, onRegistered } = this.#options
    const before = this.#stored?.metadata.resourceVersion
    const applied = await this.#patch('apply-patch+yaml', desired)
    let { resourceVersion } = applied.metadata
    if (!saySame(applied.webhooks, desired.webhooks ?? [])) {
      // Server-side apply leaves what others have added, be it entries or conditions of ours. But all entries are ours alone.
      const body = { metadata: { resourceVersion }, webhooks: desired.webhooks }
      resourceVersion = (await this.#patch('merge-patch+json', body)).metadata.resourceVersion
    }
    this.#applied = { json: JSON.stringify(desired), resourceVersion, atMs: clock.monotonicMs() }
    // It keeps its version if it was as desired before: another replica has led.
    if (resourceVersion === before) return
    onRegistered()
    log.info({ webhooks: desired.webhooks?.length }, 'registered the webhook')
  }

  async #patch(type: string, body: unknown): Promise<z.output<typeof configurationSchema>> {
    const { client, name } = this.#options
    const answer = await client.json({
      method: 'PATCH',
      path: `${PATH}/${encodeURIComponent(name)}`,
      query: { fieldManager: FIELD_MANAGER, ...(type === 'apply-patch+yaml' && { force: true }) },
      contentType: `application/${type}`,
      body,
    })
    return configurationSchema.parse(answer)
  }

  get #stored(): StoredConfiguration | undefined {
    return this.#watch.store.get('', this.#options.name)
  }
}

/** Throws ZodError. */
function readConfiguration(object: unknown): StoredConfiguration {
  const { metadata, webhooks } = configurationSchema.parse(object)
  // Nearly always one bundle for all entries.
  const bundles = [...new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle))]
  const [first = [], ...others] = bundles.map(bundle =>
    readAuthorities(Buffer.from(bundle, 'base64').toString()),
  )
  const authorities = first.filter(({ id }) => others.every(other => other.some(one => one.id === id)))
  return { metadata: { ...metadata, namespace: '' }, authorities }
}
