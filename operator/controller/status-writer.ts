import { isDeepStrictEqual } from 'node:util'
import type { MetricGateStatus } from '../api/metricgate.ts'
import type { ApiClient } from './api-client.ts'
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

/** Writes the status of gates where it differs, and knows its own writing again when the watch tells of it. */
export class StatusWriter {
  readonly #client: ApiClient
  readonly #written = new Map<string, Written>()

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** The gate's newest known status: what we wrote, as long as the watch has not told us of it. */
  current({ metadata, status }: WatchedGate): MetricGateStatus {
    const written = this.#written.get(keyOf(metadata))
    return written?.uid === metadata.uid && written.seenVersion === metadata.resourceVersion
      ? written.status
      : status
  }

  /** Is this version of the gate the one that writing its status made? */
  isOurs({ metadata }: WatchedGate): boolean {
    return this.#written.get(keyOf(metadata))?.writtenVersion === metadata.resourceVersion
  }

  /** Resolves with whether there was something to write. Throws ApiError. */
  async write(gate: WatchedGate, status: MetricGateStatus): Promise<boolean> {
    if (isDeepStrictEqual(this.current(gate), status)) return false
    const writtenVersion = await applyStatus(this.#client, gate, status)
    const { uid, resourceVersion: seenVersion } = gate.metadata
    this.#written.set(keyOf(gate.metadata), { uid, seenVersion, writtenVersion, status })
    return true
  }

  /** The gate is gone. */
  forget(gateKey: string): void {
    this.#written.delete(gateKey)
  }
}

function keyOf({ namespace, name }: WatchedGate['metadata']): string {
  return `${namespace}/${name}`
}
