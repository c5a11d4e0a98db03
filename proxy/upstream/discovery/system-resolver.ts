import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { codeOf } from '../../errors.ts'
import { DNS_QUERY_TIMEOUT_MS, DNS_QUERY_TRIES } from '../../limits.ts'
import { NameResolver } from './name-resolver.ts'
import { parseResolvConf } from './resolv-conf.ts'

const RESOLV_CONF = '/etc/resolv.conf'
const HOSTS = '/etc/hosts'

/** The text of a file; '' where there is none. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return ''
  }
}

/** The resolver that this machine, or pod, is configured to use. */
export async function systemResolver(): Promise<NameResolver> {
  const config = parseResolvConf(await readIfThere(RESOLV_CONF))
  return new NameResolver(config, dnsClient(config.servers), () => readIfThere(HOSTS))
}

/** A DNS client; `servers` are addresses, with a port where it is not 53. */
export function dnsClient(servers: readonly string[]): Resolver {
  const client = new Resolver({ timeout: DNS_QUERY_TIMEOUT_MS, tries: DNS_QUERY_TRIES })
  if (servers.length > 0) client.setServers(servers)
  return client
}
