/** Bounds of the exchange with an upstream that no configuration changes. */

/** Largest head of a response, in bytes; heads of interim responses count too. As much again for trailers. */
export const RESPONSE_HEAD_BYTES_MAX = 16 * 1024

/** Most header fields of a response. */
export const RESPONSE_FIELDS_MAX = 256

/** What is read of a response before anybody has asked for its body, in bytes: the head, and often some of the body. */
export const FIRST_READ_BYTES = 4096

/** Size of the buffer into which bodies are read, in bytes: one for all connections of an upstream. */
export const RECEIVE_BYTES = 256 * 1024

/** Longest line with the size of a chunk, in bytes. Nobody sends the extensions that could stand there. */
export const CHUNK_LINE_BYTES_MAX = 256

/** Most idle connections that are kept to one upstream. Scrapes come one after the other. */
export const IDLE_CONNECTIONS_MAX = 2

/** How much of a body that nobody wants is read to keep its connection, in bytes. */
export const DISCARD_BYTES_MAX = 64 * 1024

/** Redirects that are followed, all of them within the upstream's own origin. */
export const REDIRECTS_MAX = 5

/** How long an idle connection is kept: longer than a usual scrape interval. */
export const IDLE_CONNECTION_MS = 300_000

/** How long a connection is idle before the system starts to look whether the other side is still there. */
export const TCP_KEEPALIVE_MS = 60_000

/** How much of an error page is read to quote its first line, in bytes. */
export const ERROR_PAGE_BYTES_MAX = 4096

/** Longest quotation from an error page, in characters. */
export const ERROR_LINE_CHARS_MAX = 200

/** How long a DNS server has to answer a query, and how often it is asked. */
export const DNS_QUERY_TIMEOUT_MS = 1000
export const DNS_QUERY_TRIES = 2

/** How long a name may take to resolve, all its queries together; and how much of the time for a scrape. */
export const RESOLUTION_MS_MAX = 3000
export const RESOLUTION_SHARE = 0.3

/** Queries that are under way at once for the targets of one service. */
export const DNS_QUERIES_AT_ONCE = 16

/** How long the last addresses of a name are used while DNS does not answer. */
export const STALE_ADDRESSES_MS = 300_000

/** Most targets of a gate. */
export const TARGETS_MAX = 2048

/**
 * Targets that are scraped at once. Bodies are read one chunk at a time anyway; this bounds sockets, and how many targets
 * that do not answer hold up the others.
 */
export const TARGETS_AT_ONCE = 128
