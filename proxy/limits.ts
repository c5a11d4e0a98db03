/** Bounds of the proxy that no configuration changes. Every loop, buffer and cache cites one. */

// Expositions

/**
 * Longest logical line of an exposition, in bytes. Real lines are some hundred bytes; what is longer is not an
 * exposition (a binary, an endless line), so the scrape fails, whatever the operator chose for his own limits.
 */
export const LINE_BYTES_MAX = 2 ** 20

/** How many combinations of label names a printer remembers in their order. */
export const LABEL_LAYOUTS_MAX = 1024

// Rules

/** How many label names rules remember their answers for. They are few; the bound is for an application that makes them up. */
export const LABEL_NAMES_MAX = 4096

// What a gate remembers, and its outputs

/** Size of the slices in which an output is handed on, in bytes. */
export const OUTPUT_SLICE_BYTES = 64 * 1024

/** How many slices that have left a scrape keeps to fill again. */
export const FREE_SLICES_MAX = 8

/**
 * What a program remembers from scrape to scrape, for each format: how many series, and how much memory for all of it,
 * in bytes. Series beyond are decided anew in each scrape.
 */
export const SERIES_MAX = 2 ** 21
export const SERIES_MEMORY_BYTES_MAX = 256 * 2 ** 20

/** Series that so many scrapes in a row have not had may be forgotten. */
export const SERIES_UNSEEN_SCRAPES = 16

/** How many combinations of a metric and its label names, in their order, are remembered. */
export const LABEL_ORDERS_MAX = 2 ** 13

/** Longest such combination that is remembered, in characters. */
export const LABEL_ORDER_CHARACTERS_MAX = 4096

/** With more outputs than this, the main one included, scrapes do without the kernel. */
export const KERNEL_OUTPUTS_MAX = 29

/** How many series that no output wants are remembered, for each format; what comes beyond is decided anew in each scrape. */
export const UNWANTED_SERIES_MAX = 2 ** 20

/** How many spellings of bounds and quantiles are remembered, and how long they may be. They are few, as label names are. */
export const NUMBERS_NORMALISED_MAX = 4096
export const NUMBER_CHARACTERS_MAX = 32

// The exchange with an upstream, and discovery

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

// Aggregation of several targets

/** How many raw series all targets together may have; a target that brings more fails. */
export const RAW_SERIES_MAX = 2 ** 21

/**
 * For each number of a series that is still free a target may have so many series, or it brings no new ones. So one target
 * leaves a ninth of the numbers to others, and what a second one may take of them leaves a ninth of that.
 */
export const SERIES_HELD_PER_FREE = 8

/**
 * How far the clock of a target may be ahead, in milliseconds: what claims to have started later than that in the future
 * has proven nothing. Leaves room for the time that a round takes.
 */
export const CLOCK_AHEAD_MS_MAX = 60_000

/**
 * By how much `process_start_time_seconds` of one process may differ between scrapes, in seconds: where it is reckoned from
 * the time at which the machine booted, it moves when the clock is set right.
 */
export const START_TIME_JITTER_SECONDS = 1.5

/** How much of a line that does not parse an error shows, in characters. */
export const LINE_PREVIEW_CHARACTERS = 120

// The server

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

/**
 * How much of the time that a scrape of its own would have a client must find left in one that it joins. What is missing
 * to all of it lets in those who ask at nearly the same time.
 */
export const SHARED_TIME_SHARE = 0.9

/** Rounds that wait for their turn at once: clients that may not see the same, or have another time to wait, have their own. */
export const ROUNDS_WAITING_MAX = 8

/** Outputs of rounds that are kept for clients that still read them. */
export const OUTPUTS_HELD_MAX = 4

/** Queries of clients for each of which the counters of all targets are kept. */
export const AGGREGATORS_MAX = 4

/** Most shards of an output, and how many of them a gate is ready to serve from memory. */
export const SHARDS_MAX = 1024
export const SHARD_PROGRAMS_MAX = 32
