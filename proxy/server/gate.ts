import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { isAggregated } from '../config/aggregation.ts'
import { ConfigError } from '../config/error.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ProxyConfig } from '../config.ts'
import { messageOf } from '../errors.ts'
import { compilePolicyFilter, compileProgram, type Program } from '../gate/program.ts'
import type { SeriesPolicies } from '../policy/series-policies.ts'
import { TargetDirectory } from '../upstream/discovery/directory.ts'
import type { NameResolver } from '../upstream/discovery/name-resolver.ts'
import { receiveBuffer } from '../upstream/http1/receive-buffer.ts'
import { openUpstream } from '../upstream/open.ts'
import { TargetPool } from '../upstream/target-pool.ts'
import type { TlsOptions } from '../upstream/tls-options.ts'
import type { GateParts } from './gate-parts.ts'
import { RoundScraper } from './rounds/round-scraper.ts'
import type { Scraper } from './scraper.ts'
import { ShardPrograms } from './shard.ts'
import { Snapshots } from './snapshots.ts'
import { UpstreamScraper } from './upstream-scraper.ts'

/**
 * One configuration at work: its compiled rules, its upstreams, and what its last scrape gave. But for policies it never
 * changes; a new configuration is a new gate, and scrapes in flight finish on what they began with.
 */
export interface Gate extends GateParts {
  readonly scraper: Scraper
  readonly shards: ShardPrograms
  /** Puts policies in the place of those that scrapes began with so far. */
  usePolicies(policies: SeriesPolicies): void
  /** What the author of the configuration should know. */
  readonly warnings: readonly string[]
}

/** What a gate needs of its surroundings. */
export interface GateSurroundings {
  /** The resolver of names, made when it is first needed. */
  readonly resolver: () => Promise<NameResolver>
}

async function readCertificates(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8')
    createSecureContext({ ca: pem })
    if (!pem.includes('-----BEGIN CERTIFICATE-----'))
      throw new Error(`${path} does not hold a PEM certificate`)
    return pem
  } catch (error) {
    throw new ConfigError(path, [`tls_config.ca_file: ${messageOf(error)}`])
  }
}

/** Where the warnings of a program stand in the configuration: those of the main output begin with the rule's index. */
function locateWarning(warning: string): string {
  return warning.startsWith('[') ? `metric_relabel_configs${warning}` : warning
}

/** Compiles the rules, and says what their author should know. */
export function compileGate({ config, warnings }: LoadedConfig): { program: Program; warnings: string[] } {
  const program = compileProgram(config.rules)
  return { program, warnings: [...warnings, ...program.warnings.map(locateWarning)] }
}

/**
 * Sets a configuration to work. Nothing is requested from the upstream yet.
 *
 * @throws {ConfigError} if a file that the configuration names cannot be used
 */
export async function openGate(loaded: LoadedConfig, surroundings: GateSurroundings): Promise<Gate> {
  const { config } = loaded
  const compiled = compileGate(loaded)
  let { program } = compiled
  let policyFilter: Program | undefined
  const snapshots = new Snapshots()
  const parts: GateParts = {
    config,
    snapshots,
    get program() {
      return program
    },
    get policyFilter() {
      return policyFilter
    },
  }
  const scraper = await openScraper(parts, await readTlsOptions(config), surroundings)
  return {
    config,
    snapshots,
    get program() {
      return program
    },
    get policyFilter() {
      return policyFilter
    },
    scraper,
    shards: new ShardPrograms(),
    warnings: compiled.warnings,
    usePolicies: policies => {
      program = compileProgram(config.rules, undefined, policies)
      policyFilter = compilePolicyFilter(policies)
    },
  }
}

async function readTlsOptions({ tls }: ProxyConfig): Promise<TlsOptions> {
  const { caFile, serverName, insecureSkipVerify } = tls
  const ca = caFile === undefined ? undefined : await readCertificates(caFile)
  return {
    insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}

/** One application whose counters stay as they are passes through; everything else takes rounds. */
async function openScraper(
  parts: GateParts,
  tls: TlsOptions,
  surroundings: GateSurroundings,
): Promise<Scraper> {
  const { upstreams } = parts.config
  const [first] = upstreams
  if (!isAggregated(parts.config) && first?.kind === 'url') {
    const { memory } = parts.program
    const elsewhere = receiveBuffer()
    const receive = () => memory.receiveRoom ?? elsewhere()
    return new UpstreamScraper(parts, await openUpstream({ url: first.url, receive, ...tls }))
  }
  const directory = new TargetDirectory(upstreams, await surroundings.resolver())
  return new RoundScraper(parts, directory, new TargetPool(upstreams.length, tls))
}
