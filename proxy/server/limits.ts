/** Bounds of the server that no configuration changes. */

/** How long an idle connection of a client is kept: longer than Prometheus keeps it, so that we never close first. */
export const CLIENT_IDLE_MS = 310_000

/** How long a client may take nothing of a response that is ready before it is cut off. */
export const CLIENT_STALL_MS = 30_000

/** How long scrapes in flight may go on after the program was told to stop. */
export const SHUTDOWN_MS = 5000

/** How often connections whose scrape has finished are closed while the program is ending. */
export const IDLE_SWEEP_MS = 50

/** Level of gzip: the fastest. Metrics are so repetitive that higher levels save little and cost much. */
export const GZIP_LEVEL = 1

/** How much of an output is kept for clients that read it together and of which one is behind, in bytes. */
export const SHARED_WINDOW_BYTES = 2 ** 20

/** How long a client may hold up others that read the same scrape, in all. */
export const SHARED_GRACE_MS = 2000

/** Rounds that wait for their turn at once: clients that may not see the same, or have another time to wait, have their own. */
export const ROUNDS_WAITING_MAX = 8

/** Outputs of rounds that are kept for clients that still read them. */
export const OUTPUTS_HELD_MAX = 4

/** Queries of clients for each of which the counters of all targets are kept. */
export const AGGREGATORS_MAX = 4

/** Most shards of an output, and how many of them a gate is ready to serve from memory. */
export const SHARDS_MAX = 1024
export const SHARD_PROGRAMS_MAX = 32
