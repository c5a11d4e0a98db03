import { isIPv6 } from 'node:net'
import { printAddress, type UpstreamAddress } from '../../config/upstream-url.ts'
import { messageOf } from '../../errors.ts'
import { RESOLUTION_MS_MAX, RESOLUTION_SHARE, STALE_ADDRESSES_MS, TARGETS_MAX } from '../../limits.ts'
import { discover } from './discover.ts'
import type { Endpoint } from './endpoint.ts'
import { type NameResolver, ResolutionError } from './name-resolver.ts'

/** What an address led to at the last time that DNS answered. */
interface Known {
  readonly endpoints: readonly Endpoint[]
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/** What the addresses of a gate lead to now. */
export interface Resolution {
  readonly endpoints: readonly Endpoint[]
  /** What is missing, and why, one sentence each. */
  readonly problems: readonly string[]
  /** Addresses whose names do not exist or have no records. */
  readonly empty: number
  /** Addresses for which DNS did not answer. */
  readonly failed: number
}

type Outcome = { readonly endpoints: readonly Endpoint[] } & (
  | { readonly kind: 'found'; readonly problem?: string }
  | { readonly kind: 'empty' | 'failed'; readonly problem: string }
)

/**
 * Resolves the addresses of a gate each time anew. A name that does not exist leads nowhere, at once: its replicas are
 * gone. When DNS does not answer, nothing is known to have changed, and the last answer holds for STALE_ADDRESSES_MS.
 */
export class TargetDirectory {
  readonly #addresses: readonly UpstreamAddress[]
  readonly #resolver: NameResolver
  readonly #known = new Map<UpstreamAddress, Known>()

  constructor(addresses: readonly UpstreamAddress[], resolver: NameResolver) {
    this.#addresses = addresses
    this.#resolver = resolver
  }

  /**
   * Asks DNS, for RESOLUTION_MS_MAX at most, and for no more than a part of the time that the scrape may take.
   *
   * @param nowMs milliseconds since 1970
   */
  async resolve(nowMs: number, scrapeTimeoutMs: number): Promise<Resolution> {
    const withinMs = Math.min(RESOLUTION_MS_MAX, scrapeTimeoutMs * RESOLUTION_SHARE)
    const outcomes = await Promise.all(
      this.#addresses.map(address => this.#resolve(address, nowMs, withinMs)),
    )
    const endpoints = outcomes.flatMap(outcome => outcome.endpoints)
    const problems = outcomes.flatMap(({ problem }) => problem ?? [])
    if (endpoints.length > TARGETS_MAX)
      problems.push(`${endpoints.length} targets are more than ${TARGETS_MAX}; the others are left out`)
    return {
      endpoints: endpoints.slice(0, TARGETS_MAX),
      problems,
      empty: outcomes.filter(({ kind }) => kind === 'empty').length,
      failed: outcomes.filter(({ kind }) => kind === 'failed').length,
    }
  }

  async #resolve(address: UpstreamAddress, nowMs: number, withinMs: number): Promise<Outcome> {
    try {
      const endpoints = await inTime(discover(address, this.#resolver), withinMs)
      this.#known.set(address, { endpoints, atMs: nowMs })
      if (endpoints.length > 0) return { kind: 'found', endpoints, ...twiceCounted(address, endpoints) }
      return { kind: 'empty', endpoints, problem: `${printAddress(address)}: the name has no addresses` }
    } catch (error) {
      if (!(error instanceof ResolutionError)) throw error
      return this.#lastKnown(address, nowMs, messageOf(error))
    }
  }

  #lastKnown(address: UpstreamAddress, nowMs: number, reason: string): Outcome {
    const known = this.#known.get(address)
    const problem = `${printAddress(address)}: DNS does not answer (${reason})`
    if (known === undefined || nowMs - known.atMs > STALE_ADDRESSES_MS)
      return { kind: 'failed', endpoints: [], problem }
    return { kind: 'failed', endpoints: known.endpoints, problem: `${problem}; the last addresses are used` }
  }
}

/** A name with as many addresses of either family is mostly one whose replicas have both. */
function twiceCounted(address: UpstreamAddress, endpoints: readonly Endpoint[]): { problem?: string } {
  if (address.kind !== 'dns') return {}
  const six = endpoints.filter(endpoint => isIPv6(endpoint.address?.host ?? '')).length
  if (six === 0 || six * 2 !== endpoints.length) return {}
  return {
    problem: `${printAddress(address)}: the name has ${six} IPv4 and as many IPv6 addresses; if they are of the same processes, each counts twice: use a Service of one family`,
  }
}

/** @throws {ResolutionError} if the answer takes too long */
async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const expire = () => late.reject(new ResolutionError(`no answer within ${withinMs / 1000} s`))
  const timer = setTimeout(expire, withinMs)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
