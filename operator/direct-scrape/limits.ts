/** Every bound of the search for direct scrapes, in one place. */

/** Scrapers that a condition names; the rest are counted. */
export const SCRAPERS_NAMED_MAX = 5

/** Pods that are read for one reconciliation to learn the numbers of their named ports. */
export const PODS_READ_MAX = 8

/** Pod templates whose named ports are remembered. */
export const PORTS_KNOWN_MAX = 5_000

/** Pods that could not be read, or were too many, are tried again after this long. */
export const READ_AGAIN_MS = 30_000
