import { SlicePool } from '../gate/slice-pool.ts'
import { SHARED_GRACE_MS, SHARED_WINDOW_BYTES } from '../limits.ts'
import { Broadcast } from './broadcast.ts'
import { ClientGoneError } from './errors.ts'
import { leavesTimeFor } from './joining.ts'
import { emptyHead, type ScrapeHead } from './scrape.ts'
import type { Snapshot } from './snapshots.ts'

const LIMITS = { windowBytes: SHARED_WINDOW_BYTES, graceMs: SHARED_GRACE_MS }

/** A scrape of the upstream that several clients may read. */
export interface SharedScrape {
  /** Filled in before the first slice. */
  readonly head: ScrapeHead
  readonly broadcast: Broadcast<Snapshot>
}

/** Begins a scrape that fills `head`, and that `signal` ends. Its slices go back to `pool`. */
export type BeginScrape = (
  signal: AbortSignal,
  head: ScrapeHead,
  pool: SlicePool,
) => AsyncGenerator<Uint8Array, Snapshot, undefined>

/** What a scrape is shared by. */
export interface Sharing {
  /** Equal for those who may see the same. */
  readonly key: string
  /** How long a scrape of its own may take: one with less time left is not joined, see leavesTimeFor. */
  readonly timeoutMs: number
  /** When it is asked for, in milliseconds by a monotonic clock. */
  readonly nowMs: number
  /** Told when no scrape of its own is needed. */
  readonly onJoined: () => void
}

interface Entry extends SharedScrape {
  /** When it has to be done, by the clock that `nowMs` is of. */
  readonly deadlineMs: number
}

/** The scrapes of a gate that are under way, so that clients that ask at the same time cost the upstream one. */
export class SharedScrapes {
  readonly #underWay = new Map<string, Entry>()
  readonly #pool = new SlicePool()

  /** A scrape whose first slice is still to be had: one that is under way, or a new one. */
  whole(sharing: Sharing, begin: BeginScrape): SharedScrape {
    const entry = this.#joinable(sharing)
    return entry?.broadcast.isWhole === true ? joined(entry, sharing) : this.#begin(sharing, begin)
  }

  /** A scrape for those who want its result alone, and can join it at any time. */
  any(sharing: Sharing, begin: BeginScrape): SharedScrape {
    const entry = this.#joinable(sharing)
    return entry === undefined ? this.#begin(sharing, begin) : joined(entry, sharing)
  }

  #joinable({ key, timeoutMs, nowMs }: Sharing): Entry | undefined {
    const entry = this.#underWay.get(key)
    if (entry === undefined || entry.broadcast.isOver) return undefined
    return leavesTimeFor(timeoutMs, entry.deadlineMs, nowMs) ? entry : undefined
  }

  #begin({ key, timeoutMs, nowMs }: Sharing, begin: BeginScrape): SharedScrape {
    const controller = new AbortController()
    const head = emptyHead()
    const broadcast = new Broadcast(begin(controller.signal, head, this.#pool), LIMITS, {
      onFree: slice => this.#pool.giveBack(slice),
      onEnd: isAbandoned => {
        if (this.#underWay.get(key) === entry) this.#underWay.delete(key)
        if (isAbandoned) controller.abort(new ClientGoneError())
      },
    })
    const entry = { head, broadcast, deadlineMs: nowMs + timeoutMs }
    this.#underWay.set(key, entry)
    return entry
  }
}

function joined(entry: Entry, { onJoined }: Sharing): Entry {
  onJoined()
  return entry
}
