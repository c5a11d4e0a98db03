/** Bounds of the exchange with an upstream that no configuration changes. */

/** Largest head of a response, in bytes. */
export const RESPONSE_HEAD_BYTES_MAX = 16 * 1024

/** Redirects that are followed, all of them within the upstream's own origin. */
export const REDIRECTS_MAX = 5

/** How long an idle connection is kept: longer than a usual scrape interval. */
export const IDLE_CONNECTION_MS = 300_000

/** How much of an error page is read to quote its first line, in bytes. */
export const ERROR_PAGE_BYTES_MAX = 4096

/** Longest quotation from an error page, in characters. */
export const ERROR_LINE_CHARS_MAX = 200
