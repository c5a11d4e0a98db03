/** Bounds of the proxy that no configuration changes. Every loop, buffer and cache cites one. */

/**
 * Longest logical line of an exposition, in bytes. Real lines are some hundred bytes; what is longer is not an
 * exposition (a binary, an endless line), so the scrape fails, whatever the operator chose for his own limits.
 */
export const LINE_BYTES_MAX = 2 ** 20

/** Size of the slices in which an output is handed on, in bytes. */
export const OUTPUT_SLICE_BYTES = 64 * 1024

/**
 * Memory that decisions remembered from scrape to scrape may take, in bytes, for each program and format. A series
 * with ten labels takes about 1.5 KB; those beyond the bound are decided anew in each scrape.
 */
export const DECISION_MEMORY_BYTES_MAX = 64 * 2 ** 20
