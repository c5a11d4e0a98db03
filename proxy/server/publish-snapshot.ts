import { rewriteAccept } from '../upstream/accept.ts'
import type { GateParts } from './gate-parts.ts'
import { audienceOf, type ScrapeRequest } from './scrape-request.ts'
import type { Snapshot } from './snapshots.ts'
import { stampSamples } from './subset-timestamps.ts'

/** Makes the subsets of a scrape those that the gate serves, with timestamps if it is configured so. */
export function publishSnapshot(
  { config, snapshots }: GateParts,
  request: ScrapeRequest,
  taken: Omit<Snapshot, 'accept' | 'audience'>,
): Snapshot {
  const { takenAtMs, type } = taken
  const stamp = (bytes: Uint8Array) => stampSamples(bytes, type.format, takenAtMs)
  const subsets = config.subsetTimestamps
    ? new Map([...taken.subsets].map(([name, bytes]) => [name, stamp(bytes)]))
    : taken.subsets
  const snapshot = {
    ...taken,
    subsets,
    accept: rewriteAccept(request.accept),
    audience: audienceOf(request, config),
  }
  snapshots.publish(snapshot)
  return snapshot
}
