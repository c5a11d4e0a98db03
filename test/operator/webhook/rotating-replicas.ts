import type { Lifetimes } from '../../../operator/webhook/certificates/lifetimes.ts'
import { eventually, unlessNotFound } from '../../cluster/index.ts'
import { Relay } from '../leader/relay.ts'
import type { RunningWebhook } from './running.ts'
import { servedBy, untilReady, type WebhookCluster } from './webhook-cluster.ts'

/**
 * An authority is due every 8 s, and a serving certificate every 2 s. What has been replaced stays valid for long, so that a machine that
 * stops for a while breaks nothing.
 */
const LIFETIMES: Lifetimes = {
  authorityMs: 80_000,
  certificateMs: 20_000,
  backdatedMs: 2_000,
  renewalPart: 0.1,
  graceMs: 5_000,
  checkMs: 500,
}

/** Two replicas behind one address, one of which leads, with certificates that rotate all the time. */
export class RotatingReplicas implements AsyncDisposable {
  readonly #cluster: WebhookCluster
  readonly #relay: Relay
  /** The replicas. */
  readonly all: RunningWebhook[] = []
  /** Index of the one that leads. */
  leader = 0
  /** Fingerprints of the authorities that were trusted, in the order in which they came. */
  readonly trusted = new Set<string>()
  /** Those that are trusted no more. */
  readonly retired = new Set<string>()
  /** Serial numbers of the certificates that were served, by replica. */
  readonly served: readonly Set<string>[] = [new Set(), new Set()]
  /** So many authorities were trusted at the same time. */
  bundleMax = 0

  private constructor(cluster: WebhookCluster, relay: Relay) {
    this.#cluster = cluster
    this.#relay = relay
  }

  /** Starts both, and waits until the API server calls them. */
  static async start(cluster: WebhookCluster): Promise<RotatingReplicas> {
    // As the endpoints of a Service: those that are ready.
    const ready = (): RunningWebhook[] =>
      replicas.all.filter(({ webhook }) => webhook.obstacles().length === 0)
    const relay = await Relay.start(() => ready().map(({ webhook }) => webhook.port))
    const replicas = new RotatingReplicas(cluster, relay)
    replicas.all.push(await replicas.#start(0), await replicas.#start(1))
    await Promise.all(replicas.all.map(untilReady))
    await cluster.untilInjected()
    return replicas
  }

  /** Pods that they were asked about; for some the API server asks again, when others have changed them. */
  get asked(): number {
    return this.all.flatMap(({ admissions }) => admissions.filter(({ reason }) => reason === 'Annotation'))
      .length
  }

  /** Looks at what is trusted and served until the probe holds. */
  until(what: string, probe: () => boolean): Promise<boolean> {
    const look = async (): Promise<boolean> => {
      await this.#look()
      return probe()
    }
    return eventually(what, look, { timeoutMs: 120_000, intervalMs: 200 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map(({ stop }) => stop()))
    await this.#relay[Symbol.asyncDispose]()
  }

  #start(index: number): Promise<RunningWebhook> {
    return this.#cluster.start({
      address: { url: `https://127.0.0.1:${this.#relay.port}` },
      lifetimes: LIFETIMES,
      // Each admission is a new connection, and a new handshake.
      requestsPerConnectionMax: 1,
      isLeader: () => this.leader === index,
    })
  }

  async #look(): Promise<void> {
    const ids = (await unlessNotFound(this.#cluster.trusted())) ?? []
    for (const id of this.trusted) if (!ids.includes(id)) this.retired.add(id)
    for (const id of ids) this.trusted.add(id)
    this.bundleMax = Math.max(this.bundleMax, ids.length)
    const served = await Promise.all(this.all.map(({ webhook }) => servedBy(webhook)))
    for (const [index, { serialNumber }] of served.entries()) this.served[index]?.add(serialNumber)
  }
}
