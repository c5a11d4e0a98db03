import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import * as z from 'zod'
import { FIELD_MANAGER } from '../api/labels.ts'
import type { ApiClient } from '../controller/api-client.ts'
import type { Random } from '../controller/backoff.ts'
import type { Clock } from '../controller/clock.ts'
import { Collection } from '../controller/collection.ts'
import { ListWatch } from '../controller/list-watch.ts'
import type { Stored } from '../controller/store.ts'
import { type RunResult, WorkQueue } from '../controller/work-queue.ts'
import { type CertificateStoreOptions, ensureCertificates } from './certificate-store.ts'
import { type Certificates, isInForce } from './certificates.ts'
import { WEBHOOK_CONFIGURATION_NAME } from './configuration.ts'
import { CERTIFICATES_CHECK_MS, REGISTRATION_BACKOFF, REPAIR_MS } from './limits.ts'

/** What is registered, and with whom. */
export interface RegistrationOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly certificateStore: CertificateStoreOptions
  /** The certificates that are served to begin with. */
  readonly certificates: Certificates
  /** The configuration that there should be, with these authorities; `undefined` while it is not known. */
  readonly configuration: (authorities: string) => V1MutatingWebhookConfiguration | undefined
  /** Begins to serve other certificates, which the API server has been told to trust. */
  readonly serve: (certificates: Certificates) => void
}

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const KEY = WEBHOOK_CONFIGURATION_NAME

const objectSchema = z.object({ metadata: z.object({ name: z.string(), resourceVersion: z.string() }) })

/**
 * Keeps the MutatingWebhookConfiguration as it should be, and the certificates that it trusts young: a change or a deletion
 * by hand is repaired, and new certificates are served only after the API server has been told to trust them.
 */
export class Registration {
  readonly #options: RegistrationOptions
  readonly #queue: WorkQueue
  readonly #watch: ListWatch<Stored>
  #applied: { readonly json: string; readonly resourceVersion: string; readonly atMs: number } | undefined
  #certificates: Certificates
  #served: Certificates
  #checkDueMs: number

  constructor(options: RegistrationOptions) {
    const { client, clock, random, certificates } = options
    this.#options = options
    this.#certificates = certificates
    this.#served = certificates
    this.#checkDueMs = clock.now() + CERTIFICATES_CHECK_MS
    this.#queue = new WorkQueue({
      run: () => this.#run(),
      concurrency: 1,
      backoff: REGISTRATION_BACKOFF,
      clock,
      random,
      onFailure: (_key, err, retryMs) => options.log.warn({ err, retryMs }, 'could not register the webhook'),
    })
    this.#watch = new ListWatch({
      collection: new Collection({
        client,
        path: PATH,
        fieldSelector: `metadata.name=${WEBHOOK_CONFIGURATION_NAME}`,
        metadataOnly: true,
        random,
      }),
      read: readStored,
      listener: {
        onChange: () => this.#queue.addAfter(KEY, REPAIR_MS),
        onRestart: (reason, err, retryMs) =>
          options.log.debug({ reason, err, retryMs }, 'the watch of the webhook configuration begins again'),
        onError: err => options.log.error({ err }, 'failed to read the webhook configuration'),
      },
      clock,
      random,
    })
  }

  /** Has the API server been told of the webhook? */
  get registered(): boolean {
    return this.#applied !== undefined
  }

  /**
   * Since when the API server has been told of the webhook as it should be, in ms since the epoch. Undefined: it has not, or what we
   * serve is not what it trusts.
   */
  get servingSinceMs(): number | undefined {
    const isTrusted =
      this.#served.certificate === this.#certificates.certificate &&
      isInForce(this.#served, this.#options.clock.now())
    return this.#isCurrent() && isTrusted ? this.#applied?.atMs : undefined
  }

  /** Begins to watch and to register. */
  start(): void {
    this.#watch.start()
    this.#queue.add(KEY)
  }

  /** What `configuration` returns may have changed. */
  sync(): void {
    this.#queue.add(KEY)
  }

  /** Ends all of it; the configuration stays. */
  async stop(): Promise<void> {
    await Promise.all([this.#watch.stop(), this.#queue.stop()])
  }

  async #run(): Promise<RunResult> {
    const { clock, certificateStore, serve } = this.#options
    // sync() is called when the gates are known; nothing may be served before that the API server does not trust.
    if (this.#desired() === undefined) return {}
    if (!this.#isCurrent() || clock.now() >= this.#checkDueMs) {
      this.#certificates = await ensureCertificates(certificateStore)
      this.#checkDueMs = clock.now() + CERTIFICATES_CHECK_MS
      if (!this.#isCurrent()) await this.#apply()
    }
    if (this.#served.certificate !== this.#certificates.certificate) serve(this.#certificates)
    this.#served = this.#certificates
    return { requeueAfterMs: Math.max(0, this.#checkDueMs - clock.now()) }
  }

  #desired(): V1MutatingWebhookConfiguration | undefined {
    return this.#options.configuration(this.#certificates.authorities)
  }

  /** The object has the version that our last apply made: nobody has changed it since. Fields need not be compared. */
  #isCurrent(): boolean {
    const version = this.#watch.store.get('', WEBHOOK_CONFIGURATION_NAME)?.metadata.resourceVersion
    const applied = this.#applied
    return (
      applied !== undefined &&
      applied.resourceVersion === version &&
      applied.json === JSON.stringify(this.#desired())
    )
  }

  async #apply(): Promise<void> {
    const desired = this.#desired()
    const answer = await this.#options.client.json({
      method: 'PATCH',
      path: `${PATH}/${WEBHOOK_CONFIGURATION_NAME}`,
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body: desired,
    })
    const { resourceVersion } = readStored(answer).metadata
    this.#applied = { json: JSON.stringify(desired), resourceVersion, atMs: this.#options.clock.now() }
    this.#options.log.info({ webhooks: desired?.webhooks?.length }, 'registered the webhook')
  }
}

/** Throws ZodError. */
function readStored(object: unknown): Stored {
  const { metadata } = objectSchema.parse(object)
  return { metadata: { ...metadata, namespace: '' } }
}
