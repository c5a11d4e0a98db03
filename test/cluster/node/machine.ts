import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BuildContext } from '../assets/binaries.ts'
import { ClusterError } from '../errors.ts'
import { CNI_PLUGINS, SEARCH_PATH } from './configuration.ts'

/** What decides whether a node can run on a machine. */
export interface Machine {
  /** As `process.platform`. */
  readonly platform: string
  readonly isRoot: boolean
  /** The Debian packages whose programs are missing. */
  readonly missing: readonly string[]
  readonly canInstall: boolean
}

/** The programs that a node needs of its machine, by the Debian packages that bring them. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  containerd: ['containerd', 'ctr', 'containerd-shim-runc-v2'],
  runc: ['runc'],
  'containernetworking-plugins': ['ptp', 'host-local', 'loopback'],
  nftables: ['nft'],
  iproute2: ['ip'],
  'util-linux': ['unshare', 'nsenter', 'setpriv', 'findmnt', 'flock'],
  mount: ['mount'],
}

/** Why no node can run on a machine; undefined when one can, perhaps after an installation of packages. */
export function nodeUnavailable(machine: Machine = thisMachine()): string | undefined {
  const { platform, isRoot, missing, canInstall } = machine
  if (platform !== 'linux') return `a node needs Linux, and this is ${platform}`
  if (!isRoot) return 'a node needs root: namespaces, mounts and control groups'
  if (missing.length === 0 || canInstall) return undefined
  return `a node needs ${missing.join(', ')}; on Debian: apt-get install --no-install-recommends ${missing.join(' ')}`
}

/**
 * Installs the Debian packages that are missing.
 * @throws ClusterError E_MACHINE when no node can run here, or apt-get fails
 */
export async function prepareMachine(context: BuildContext): Promise<void> {
  const machine = thisMachine()
  const unavailable = nodeUnavailable(machine)
  if (unavailable !== undefined) throw new ClusterError('E_MACHINE', unavailable)
  if (machine.missing.length === 0) return
  context.report(`installing ${machine.missing.join(', ')} with apt-get`)
  const env = { ...context.environment, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = (...args: string[]) =>
    promisify(execFile)('apt-get', ['--quiet', '--yes', '-o', 'DPkg::Lock::Timeout=300', ...args], { env })
  try {
    await aptGet('update')
    await aptGet('install', '--no-install-recommends', ...machine.missing)
  } catch (error) {
    throw new ClusterError('E_MACHINE', `installing what a node needs: ${String(error)}`, { cause: error })
  }
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    missing: Object.keys(PROGRAMS).filter(name => !PROGRAMS[name]?.every(isThere)),
    // Where systemd runs, the package of containerd would start a service: that is left to the machine's owner.
    canInstall: isThere('apt-get') && !existsSync('/run/systemd/system'),
  }
}

function isThere(program: string): boolean {
  return [...SEARCH_PATH, CNI_PLUGINS].some(directory => existsSync(join(directory, program)))
}
