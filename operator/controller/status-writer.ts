import { isDeepStrictEqual } from 'node:util'
import type { MetricGateStatus } from '../api/metricgate.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import { applyStatus } from './apply.ts'
import type { WatchedGate } from './watched.ts'

interface Written {
  readonly uid: string
  /** Version of the gate that we knew when we wrote. */
  readonly seenVersion: string
  /** Version that our writing made. */
  readonly writtenVersion: string
  readonly status: MetricGateStatus
}

/** What came of writing a status; outdated: the gate is not what we know any more, so neither is what there is to say of it. */
export type StatusWrite = 'written' | 'unchanged' | 'outdated'

/** Writes the status of gates where it differs, and knows its own writing again when the watch tells of it. */
export class StatusWriter {
  readonly #client: ApiClient
  readonly #written = new Map<string, Written>()

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** The gate's newest known status: what we wrote, as long as the watch has not told us of it. */
  current({ metadata, status }: WatchedGate): MetricGateStatus {
    return this.#unseen(metadata)?.status ?? status
  }

  /** Is this version of the gate the one that writing its status made? */
  isOurs({ metadata }: WatchedGate): boolean {
    return this.#written.get(keyOf(metadata))?.writtenVersion === metadata.resourceVersion
  }

  /**
   * Writes the status where it differs from the current one, and only if that is still the current one: a leader before us may have
   * written what our watch has not told us of yet. Throws ApiError.
   */
  async write(gate: WatchedGate, status: MetricGateStatus): Promise<StatusWrite> {
    if (isDeepStrictEqual(this.current(gate), status)) return 'unchanged'
    const { uid, resourceVersion: seenVersion } = gate.metadata
    const version = this.#unseen(gate.metadata)?.writtenVersion ?? seenVersion
    try {
      const writtenVersion = await applyStatus(this.#client, gate, version, status)
      this.#written.set(keyOf(gate.metadata), { uid, seenVersion, writtenVersion, status })
      return 'written'
    } catch (error) {
      if (error instanceof ApiError && error.isConflict) return 'outdated'
      throw error
    }
  }

  /** The gate is gone. */
  forget(gateKey: string): void {
    this.#written.delete(gateKey)
  }

  /** What we wrote and the watch has not told us of. */
  #unseen(metadata: WatchedGate['metadata']): Written | undefined {
    const written = this.#written.get(keyOf(metadata))
    return written?.uid === metadata.uid && written.seenVersion === metadata.resourceVersion
      ? written
      : undefined
  }
}

function keyOf({ namespace, name }: WatchedGate['metadata']): string {
  return `${namespace}/${name}`
}
