/** Bounds of the proxy that no configuration changes. Every loop, buffer and cache cites one. */

/**
 * Longest logical line of an exposition, in bytes. Real lines are some hundred bytes; what is longer is not an
 * exposition (a binary, an endless line), so the scrape fails, whatever the operator chose for his own limits.
 */
export const LINE_BYTES_MAX = 2 ** 20

/** Size of the slices in which an output is handed on, in bytes. */
export const OUTPUT_SLICE_BYTES = 64 * 1024

/** How many slices that have left an output keeps to fill again. */
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

/** With more outputs than this, the main one included, scrapes do without the kernel. */
export const KERNEL_OUTPUTS_MAX = 29

/** How many series that no output wants are remembered, for each format; what comes beyond is decided anew in each scrape. */
export const UNWANTED_SERIES_MAX = 2 ** 20
