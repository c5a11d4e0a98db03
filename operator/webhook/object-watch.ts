import type { Logger } from 'pino'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Random } from '../kubernetes/backoff.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { Collection } from '../kubernetes/collection.ts'
import { ListWatch } from '../kubernetes/list-watch.ts'
import type { Stored } from '../kubernetes/store.ts'

/** What watching one object works with. */
export interface ObjectWatchContext {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The object came, went or changed. */
  readonly onChange: () => void
}

/** Which object is watched. */
export interface WatchedObject<T extends Stored> {
  /** Path of the collection that it is in. */
  readonly path: string
  readonly name: string
  /** What it is to people, in the log. */
  readonly subject: string
  /** Throws when it is not of the kind. */
  readonly read: (object: unknown) => T
}

/** A watch of the one object of this name, so that RBAC need not allow more (`resourceNames`). It does not begin yet. */
export function watchObject<T extends Stored>(
  { path, name, subject, read }: WatchedObject<T>,
  { client, clock, random, log, onChange }: ObjectWatchContext,
): ListWatch<T> {
  return new ListWatch({
    collection: new Collection({ client, path, fieldSelector: `metadata.name=${name}`, random }),
    read,
    listener: {
      onChange,
      onRestart: (reason, err, retryMs) =>
        log.debug({ reason, err, retryMs }, `the watch of ${subject} begins again`),
      onError: err => log.error({ err }, `failed to read ${subject}`),
    },
    clock,
    random,
  })
}
