/** What the system's resolver configuration says about names. */
export interface ResolverConfig {
  /** Addresses of DNS servers, in order. Empty: those that the resolver finds by itself. */
  readonly servers: readonly string[]
  /** Domains that are tried after a name that is not complete. */
  readonly search: readonly string[]
  /** Names with at least so many dots are tried as they are first. */
  readonly ndots: number
}

const NDOTS_MAX = 15
const DEFAULT: ResolverConfig = { servers: [], search: [], ndots: 1 }

/**
 * Reads a resolv.conf: the last `search` or `domain` line counts, and `options ndots:n`. What cannot be read is skipped.
 * Source: resolv.conf(5).
 */
export function parseResolvConf(text: string): ResolverConfig {
  const servers: string[] = []
  let { search, ndots } = DEFAULT
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0])
    if (keyword === 'search' || keyword === 'domain') search = values.map(domain => domain.replace(/\.$/, ''))
    if (keyword === 'options') ndots = ndotsOf(values) ?? ndots
  }
  return { servers, search, ndots }
}

function ndotsOf(options: readonly string[]): number | undefined {
  const found = options
    .map(option => /^ndots:(\d+)$/.exec(option)?.[1])
    .findLast(value => value !== undefined)
  return found === undefined ? undefined : Math.min(Number(found), NDOTS_MAX)
}

/**
 * The complete names to ask for, in order. A name that ends with a dot is complete; one with fewer dots than `ndots`
 * is tried in the search domains before it is tried as it is, others after.
 */
export function candidateNames(name: string, { search, ndots }: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const inDomains = search.filter(domain => domain !== '').map(domain => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...inDomains] : [...inDomains, name]
}
