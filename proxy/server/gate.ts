import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ConfigError } from '../config/error.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ProxyConfig } from '../config.ts'
import { messageOf } from '../errors.ts'
import { compileProgram, type Program } from '../gate/program.ts'
import { receiveBuffer } from '../upstream/http1/receive-buffer.ts'
import { openUpstream } from '../upstream/open.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { Snapshots } from './snapshots.ts'

/**
 * One configuration at work: its compiled rules, its upstream, and what its last scrape gave. It never changes; a new
 * configuration is a new gate, and scrapes in flight finish on the one that they began with.
 */
export interface Gate {
  readonly config: ProxyConfig
  readonly program: Program
  readonly upstream: Upstream
  readonly snapshots: Snapshots
  /** What the author of the configuration should know. */
  readonly warnings: readonly string[]
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
export async function openGate(loaded: LoadedConfig): Promise<Gate> {
  const { config } = loaded
  const { caFile, serverName, insecureSkipVerify } = config.tls
  const ca = caFile === undefined ? undefined : await readCertificates(caFile)
  const compiled = compileGate(loaded)
  const { memory } = compiled.program
  const elsewhere = receiveBuffer()
  const upstream = await openUpstream({
    url: config.upstreamUrl,
    receive: () => memory.receiveRoom ?? elsewhere(),
    insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
  })
  return { config, upstream, snapshots: new Snapshots(), ...compiled }
}
