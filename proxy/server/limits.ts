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
