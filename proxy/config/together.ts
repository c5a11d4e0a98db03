import { quoted } from './scalars.ts'
import { printAddress, UPSTREAM_EXAMPLE, type UpstreamAddress } from './upstream-url.ts'

/** The keys that say what is scraped. */
export const UPSTREAM_KEYS = ['upstream_url', 'metrics_url', 'upstream_urls'] as const

/** Told what is wrong with a field. */
type Report = (path: string, message: string) => void

/** Whether the value is an object, so that checks over several of its fields can look at it although others are wrong. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What occurs more than once, each time once. */
function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

/** Names in a list of objects with a name. */
function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(entry => (isRecord(entry) && typeof entry.name === 'string' ? [entry.name] : []))
}

/** Addresses in a list of them, in which those that are wrong are something else. */
function addressesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list
    .filter(entry => isRecord(entry) && typeof entry.url === 'string')
    .map(address => printAddress(address as UpstreamAddress))
}

function checkUpstreams(file: Record<string, unknown>, report: Report): void {
  const keys = UPSTREAM_KEYS.filter(key => file[key] !== undefined)
  if (keys.length === 0)
    report(
      'upstream_url',
      `missing: expected the address of the application's metrics, such as ${UPSTREAM_EXAMPLE}`,
    )
  if (keys.includes('upstream_urls') && keys.length > 1)
    report('upstream_urls', `there is ${keys[0]} too; list all upstreams here`)
  for (const address of repeated(addressesIn(file.upstream_urls)))
    report('upstream_urls', `${address} occurs more than once; its counts would double`)
}

/** What concerns several fields; looks at the values although some may be wrong, so that all errors come at once. */
export function checkTogether(file: Record<string, unknown>, report: Report): void {
  for (const name of repeated(namesIn(file.subsets)))
    report('subsets', `the name ${quoted(name)} occurs more than once; each subset needs its own`)
  checkUpstreams(file, report)
}
