/** Time that Prometheus needs to get our answer before it gives up: half a second, or a tenth of a short timeout. */
const MARGIN_MS_MAX = 500
const MARGIN_FRACTION = 0.1

const SECONDS = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * How long a scrape of the upstream may take, in milliseconds: the configured timeout, or what Prometheus says in
 * `X-Prometheus-Scrape-Timeout-Seconds` less a margin, whichever is sooner, in whole milliseconds but at least one. A header
 * that is no positive number counts as absent.
 */
export function scrapeTimeoutMs(configuredMs: number, header: string | undefined): number {
  if (header === undefined || !SECONDS.test(header)) return configuredMs
  const clientMs = Number(header) * 1000
  if (!Number.isFinite(clientMs) || clientMs <= 0) return configuredMs
  const marginMs = Math.min(MARGIN_MS_MAX, clientMs * MARGIN_FRACTION)
  return Math.max(1, Math.min(configuredMs, Math.floor(clientMs - marginMs)))
}
