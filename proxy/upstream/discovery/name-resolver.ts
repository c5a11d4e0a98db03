import type { SrvRecord } from 'node:dns'
import { isIP } from 'node:net'
import { codeOf, messageOf } from '../../errors.ts'
import { parseHosts } from './hosts-file.ts'
import { candidateNames, type ResolverConfig } from './resolv-conf.ts'

/** Queries for complete names, as `dns.promises.Resolver` sends them; rejects with Node's DNS errors. */
export interface DnsClient {
  resolve4(name: string): Promise<string[]>
  resolve6(name: string): Promise<string[]>
  resolveSrv(name: string): Promise<SrvRecord[]>
}

/** The answer could not be had. That a name does not exist is an answer. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError'
  readonly code = 'E_RESOLUTION'
}

/** A query that was answered: `[]` if there is no such name or no record of the type; or why it was not. */
type Answer<T> = { readonly records: readonly T[] } | { readonly failure: unknown }

/** Node's codes for names that do not exist, and for types of record that a name does not have. */
const NO_RECORDS: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

/** Codes after which other names need not be tried: the server is not there. */
const NO_SERVER: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED'])

async function ask<T>(query: Promise<readonly T[]>): Promise<Answer<T>> {
  try {
    return { records: await query }
  } catch (error) {
    return NO_RECORDS.has(codeOf(error)) ? { records: [] } : { failure: error }
  }
}

/**
 * Resolves names as the system's programs do: the hosts file first, then DNS with the search domains of resolv.conf,
 * which Node's own DNS client leaves out. IPv4 addresses come first.
 */
export class NameResolver {
  readonly #config: ResolverConfig
  readonly #client: DnsClient
  readonly #readHosts: () => Promise<string>

  /** @param readHosts the text of the hosts file, which may change */
  constructor(config: ResolverConfig, client: DnsClient, readHosts: () => Promise<string>) {
    this.#config = config
    this.#client = client
    this.#readHosts = readHosts
  }

  /**
   * All addresses of a name, without repetition; none if it does not exist.
   *
   * @throws {ResolutionError} if DNS does not answer
   */
  async addresses(name: string): Promise<readonly string[]> {
    const hosts = parseHosts(await this.#readHosts())
    const listed = hosts.get(name.replace(/\.$/, '').toLowerCase())
    return listed ?? this.#search(name, candidate => this.#bothFamilies(candidate))
  }

  /**
   * The targets of a service name such as `_http._tcp.app`, with their ports; none if it does not exist.
   *
   * @throws {ResolutionError} if DNS does not answer
   */
  services(name: string): Promise<readonly SrvRecord[]> {
    return this.#search(name, candidate => ask(this.#client.resolveSrv(candidate)))
  }

  /** The first candidate that has records. One that fails is a reason to give up only if none of the others has any. */
  async #search<T>(name: string, query: (candidate: string) => Promise<Answer<T>>): Promise<readonly T[]> {
    let failure: unknown
    for (const candidate of candidateNames(name, this.#config)) {
      const answer = await query(candidate)
      if ('failure' in answer) {
        failure ??= answer.failure
        if (NO_SERVER.has(codeOf(answer.failure))) break
      } else if (answer.records.length > 0) return answer.records
    }
    if (failure === undefined) return []
    throw new ResolutionError(`${name}: ${messageOf(failure)}`, { cause: failure })
  }

  /** Some DNS servers fail for one family although they know the other: what is known is enough. */
  async #bothFamilies(name: string): Promise<Answer<string>> {
    const [four, six] = await Promise.all([
      ask(this.#client.resolve4(name)),
      ask(this.#client.resolve6(name)),
    ])
    const records = [four, six].flatMap(answer => ('records' in answer ? answer.records : []))
    const distinct = [...new Set(records)].filter(address => isIP(address) !== 0)
    return distinct.length > 0 ? { records: distinct } : 'failure' in four ? four : six
  }
}
