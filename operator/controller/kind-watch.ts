import type { Logger } from 'pino'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Random } from '../kubernetes/backoff.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { Collection, type CollectionOptions } from '../kubernetes/collection.ts'
import { ALL_NAMESPACES, collectionPath, type Kind } from '../kubernetes/kinds.ts'
import {
  ListWatch,
  type ListWatchListener,
  type ReadObject,
  type RestartReason,
} from '../kubernetes/list-watch.ts'
import { type Part, ScopedListWatch } from '../kubernetes/scoped-list-watch.ts'
import type { Change, Stored } from '../kubernetes/store.ts'
import type { WatchState } from './watch-report.ts'

/** Told of how watching goes. */
export interface KindListener {
  /** The cluster begins or ceases to have a kind. */
  readonly availabilityChanged: (kind: Kind) => void
  readonly restarted: (kind: Kind, reason: RestartReason) => void
  /** A handler of changes threw, or an object could not be read. */
  readonly failed: (kind: Kind) => void
}

/** What the watches of all kinds work with. */
export interface KindWatchContext {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly listener: KindListener
  /** ALL_NAMESPACES alone, or the namespaces to watch, each once. */
  readonly scopes: readonly string[]
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
}

/** Which objects of a kind are watched, how they are read, and who is told of their changes. */
export interface KindSubject<T extends Stored>
  extends Pick<CollectionOptions, 'metadataOnly' | 'labelSelector' | 'fieldSelector'> {
  readonly read: ReadObject<T>
  readonly onChange: (change: Change<T>) => void
}

/** The watch of one kind, in each of the namespaces. */
export interface KindWatch<T extends Stored> {
  readonly kind: Kind
  readonly listWatch: ScopedListWatch<T>
}

/** What all of them have in common, whatever they read. */
export interface AnyKindWatch {
  readonly kind: Kind
  readonly listWatch: Pick<
    ScopedListWatch<Stored>,
    'start' | 'stop' | 'available' | 'lastProgressMs' | 'lastActivityMs'
  > & { readonly store: { readonly size: number }; readonly parts: readonly AnyPart[] }
}

/** The same of one namespace. */
export type AnyPart = Pick<Part<Stored>, 'namespace'> & {
  readonly listWatch: Pick<ListWatch<Stored>, 'synced' | 'settled' | 'isSettled' | 'available' | 'trouble'>
}

/** How the watch of one kind is doing. */
export interface WatchHealth {
  readonly kind: Kind
  readonly available: boolean | undefined
  readonly objects: number
  /** In ms since the epoch. */
  readonly lastProgressMs: number
  /** By the clock's `monotonicMs`. */
  readonly lastActivityMs: number
}

/** Sets up the watch of a kind; it does not begin yet. */
export function watchKind<T extends Stored>(
  kind: Kind,
  subject: KindSubject<T>,
  context: KindWatchContext,
): KindWatch<T> {
  const { client, clock, random, scopes, absentMsMax } = context
  const { read, onChange, ...selection } = subject
  const listWatch = new ScopedListWatch<T>(scopes, namespace => {
    const part: ListWatch<T> = new ListWatch<T>({
      collection: new Collection({ client, path: collectionPath(kind, namespace), random, ...selection }),
      read,
      clock,
      random,
      ...(absentMsMax !== undefined && { absentMsMax }),
      listener: { onChange, ...reporting(kind, namespace, context, () => part.trouble?.message) },
    })
    return part
  })
  return { kind, listWatch }
}

/** How the watch is doing. */
export function healthOf({ kind, listWatch }: AnyKindWatch): WatchHealth {
  const { available, lastProgressMs, lastActivityMs, store } = listWatch
  return { kind, available, objects: store.size, lastProgressMs, lastActivityMs }
}

/** How the watch is doing in each namespace. */
export function statesOf({ kind, listWatch }: AnyKindWatch): WatchState[] {
  return listWatch.parts.map(({ namespace, listWatch: { available, isSettled, trouble } }) => ({
    kind,
    namespace,
    available,
    isSettled,
    trouble,
  }))
}

/** Logs and passes on what becomes of a watch. `knownTrouble` is what was wrong before, if something was. */
function reporting(
  kind: Kind,
  namespace: string,
  { logger: parent, listener }: KindWatchContext,
  knownTrouble: () => string | undefined,
): Omit<ListWatchListener<Stored>, 'onChange'> {
  const logger = parent.child({ kind: kind.kind, ...(namespace !== ALL_NAMESPACES && { namespace }) })
  return {
    onAvailability: available => {
      if (available) logger.info('the kind is watched')
      else
        logger.warn(
          `the cluster has no ${kind.plural} (${kind.apiVersion}); it is looked for from time to time`,
        )
      listener.availabilityChanged(kind)
    },
    onRestart: (reason, error, retryMs) => {
      listener.restarted(kind, reason)
      // The same trouble once more is no news.
      const isNews = reason === 'failed' && knownTrouble() !== error.message
      logger[isNews ? 'warn' : 'debug'](
        { reason, code: error.code, retryMs: Math.round(retryMs) },
        error.message,
      )
    },
    onError: error => {
      listener.failed(kind)
      logger.error({ err: error }, 'an object could not be handled')
    },
  }
}
