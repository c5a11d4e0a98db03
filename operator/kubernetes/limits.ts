/** Every bound of what talks to the API server, in one place. */

/** Objects asked for in one page of a list. */
export const LIST_PAGE_SIZE = 500

/** The API server is asked to end a watch after this long, spread over one to two times the value, as client-go does. */
export const WATCH_SECONDS_MIN = 300

/**
 * A watch that is silent for this long is dead: the API server sends a bookmark about once a minute
 * (Kubernetes API concepts, "Watch bookmarks").
 */
export const WATCH_SILENCE_MS_MAX = 180_000

/** A watch that ends sooner than this and brought nothing counts as a failure, so that it backs off. */
export const WATCH_MS_MIN = 1_000

/** Failures of a watch in a row after which its resource version is given up and everything is listed again. */
export const WATCH_FAILURES_BEFORE_RELIST = 5

/**
 * Refusals (403) of a list in a row after which it counts as one that we may not have. The first ones may be early: an API server
 * that has just started does not know every RoleBinding yet.
 */
export const REFUSALS_TO_SETTLE = 4

/** One watch event; etcd holds objects of up to 1.5 MiB, JSON with escapes is larger. */
export const WATCH_EVENT_BYTES_MAX = 16 * 1024 * 1024

/** An API request that is not a watch: time to its headers, and between two parts of its body. */
export const REQUEST_SILENCE_MS_MAX = 30_000

/** Credentials (token files, exec plug-ins) are read again after this long, as client-go does for token files. */
export const CREDENTIALS_MS_MAX = 60_000

/** Reconnecting list-watches. */
export const WATCH_BACKOFF = { baseMs: 200, maxMs: 30_000 }

/** How often a kind that the cluster does not have is looked for. */
export const ABSENT_KIND_BACKOFF = { baseMs: 2_000, maxMs: 20_000 }

/** The longest wait that an answer of the API server (`Retry-After`) may ask for. */
export const RETRY_AFTER_MS_MAX = 60_000
