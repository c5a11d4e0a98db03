import { setTimeout } from 'node:timers/promises'
import { NAMESPACE, optIn, pod } from './fixtures.ts'
import type { PodCreator } from './running.ts'

/** Pods are created one after the other without an end: each asks the webhook once. */
export class AdmissionStream implements AsyncDisposable {
  readonly #pods: PodCreator
  readonly #running: Promise<void>
  #ends = false
  /** Pods that were created. */
  created = 0
  /** Those that came back without their sidecar, or not at all, and when. */
  readonly failures: string[] = []

  /** Begins with so many at a time. */
  constructor(pods: PodCreator, concurrency: number) {
    this.#pods = pods
    this.#running = Promise.all(Array.from({ length: concurrency }, () => this.#create())).then(
      () => undefined,
    )
  }

  /** Resolves when the last one is there. */
  async end(): Promise<void> {
    this.#ends = true
    await this.#running
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  async #create(): Promise<void> {
    while (!this.#ends) {
      const failure = await this.#createOne().catch((error: Error) => error.message)
      this.created += 1
      if (failure !== undefined) this.failures.push(`${new Date().toISOString()}: ${failure}`)
      // Others use this machine as well.
      await setTimeout(25)
    }
  }

  async #createOne(): Promise<string | undefined> {
    const { pod: shown } = await this.#pods.create(NAMESPACE, pod(optIn('shop')), { dryRun: true })
    return shown.spec?.initContainers?.length === 1 ? undefined : 'a pod came back without its sidecar'
  }
}
