import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { FIELD_MANAGER, GATE_LABEL } from '../api/labels.ts'
import type { MonitorFacts } from '../direct-scrape/monitor.ts'
import type { ServiceFacts } from '../direct-scrape/service.ts'
import type { Change, Stored } from '../kubernetes/store.ts'
import { type OwnedObject, readOwned } from './watched.ts'

/** An object of a kind that gates have, and others too. */
export interface Shared<T> extends Stored {
  /** What concerns the gate that it belongs to by its labels; undefined: it belongs to none. */
  readonly owned: OwnedObject | undefined
  /** What concerns all gates. */
  readonly facts: T
}

/** A Service, whoever made it. */
export type WatchedService = Shared<ServiceFacts>
/** A ServiceMonitor or PodMonitor, whoever made it. */
export type WatchedMonitor = Shared<MonitorFacts>

const sharedSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
})

/** Reads an object of such a kind. Throws ZodError. */
export function readShared<T>(object: unknown, readFacts: (object: unknown) => T): Shared<T> {
  const { labels, ...metadata } = sharedSchema.parse(object).metadata
  const isOwned = labels['app.kubernetes.io/managed-by'] === FIELD_MANAGER && labels[GATE_LABEL] !== undefined
  const owned = isOwned ? readOwned(object) : undefined
  return { metadata: owned?.metadata ?? metadata, owned, facts: readFacts(object) }
}

/** What the change is to the gate that the object belongs to: one that gets our labels comes, one that loses them goes. */
export function ownedChange<T>(change: Change<Shared<T>>): Change<OwnedObject> | undefined {
  const { owned } = change.object
  const before = change.type === 'updated' ? change.before.owned : undefined
  if (owned === undefined) return before && { type: 'deleted', object: before }
  if (change.type !== 'updated') return { type: change.type, object: owned }
  return before === undefined ? { type: 'added', object: owned } : { type: 'updated', object: owned, before }
}

/** What all gates should know of before and after the change; none when nothing of that is new. */
export function changedFacts<T>(change: Change<Shared<T>>): T[] {
  const { facts } = change.object
  if (change.type !== 'updated') return [facts]
  return isDeepStrictEqual(change.before.facts, facts) ? [] : [change.before.facts, facts]
}
