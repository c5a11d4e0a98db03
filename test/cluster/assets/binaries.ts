import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDirectory, type Environment } from './cache.ts'
import { findGo, type GoToolchain, runGo } from './go.ts'
import { withLock } from './lock.ts'
import { BuildProgress } from './progress.ts'

/** The programs of the control plane, named as the links to the one executable that is all of them. */
export const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const

/** What the build reads from its surroundings, and where it tells of its progress. */
export interface BuildContext {
  readonly environment: Environment
  /** Receives one line of text now and then while something takes long. */
  readonly report: (line: string) => void
}

const SOURCES = join(import.meta.dirname, '..', 'binaries')
const EXECUTABLE = 'controlplane'
const PARTIAL = 'partial'
const REPORT_INTERVAL_MS = 15_000

/**
 * Makes sure that the control plane's programs are built, and resolves to the directory that holds them.
 *
 * They are kept in the cache under a hash of all that goes into them, so a second call needs only a look. Several processes
 * may call this at once: one builds, the others wait for it.
 * @throws ClusterError E_GO without a sufficient Go, E_BUILD when Go fails
 */
export async function ensureBinaries(context: BuildContext): Promise<string> {
  const sources = await readSources()
  const go = await findGo(SOURCES, context.environment)
  const flags = buildFlags(sources.kubernetesVersion)
  const directory = join(cacheDirectory(context.environment), 'binaries')
  const target = join(directory, contentKey(sources.files, go, flags))
  if (await exists(target)) return target

  await mkdir(directory, { recursive: true })
  const onWait = () => context.report('another process builds the control plane: waiting for it')
  await withLock(join(directory, 'lock'), onWait, async () => {
    if (await exists(target)) return
    context.report(
      `building Kubernetes ${sources.kubernetesVersion} and etcd into ${target}, with ${go.version}`,
    )
    context.report('this happens once, and takes about 6 minutes on two cores')
    await build(target, flags, context)
  })
  return target
}

interface Sources {
  readonly files: ReadonlyMap<string, string>
  readonly kubernetesVersion: string
}

async function readSources(): Promise<Sources> {
  const files = new Map<string, string>()
  for (const name of (await readdir(SOURCES)).sort())
    files.set(name, await readFile(join(SOURCES, name), 'utf8'))
  const kubernetesVersion = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(files.get('go.mod') ?? '')?.[1]
  if (kubernetesVersion === undefined)
    throw new Error(`BUG: no version of k8s.io/kubernetes in ${SOURCES}/go.mod`)
  return { files, kubernetesVersion }
}

/**
 * Kubernetes learns its version from the linker; without it, it says v0.0.0-master. Debug information, which the linker would drop, is
 * not made, and Kubernetes' own packages, most of them generated, are compiled without inlining: a quarter less to
 * compile, and no slower to start.
 */
function buildFlags(kubernetesVersion: string): readonly string[] {
  const [major, minor] = kubernetesVersion.slice(1).split('.')
  const settings = [
    `k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
  ]
  const linker = `-s -w ${settings.map(setting => `-X ${setting}`).join(' ')}`
  const compiler = ['-gcflags=all=-dwarf=false', '-gcflags=k8s.io/...=-dwarf=false -l']
  return ['-trimpath', '-buildvcs=false', ...compiler, '-ldflags', linker]
}

function contentKey(files: ReadonlyMap<string, string>, go: GoToolchain, flags: readonly string[]): string {
  const parts = JSON.stringify([[...files], go, flags, PROGRAMS])
  return createHash('sha256').update(parts).digest('hex').slice(0, 16)
}

/** Builds beside `target` and renames when all is there, so that `target` is complete whenever it exists. */
async function build(target: string, flags: readonly string[], context: BuildContext): Promise<void> {
  const partial = join(dirname(target), PARTIAL)
  await rm(partial, { recursive: true, force: true }) // what a build that was killed has left
  await mkdir(partial)
  try {
    await compile(join(partial, EXECUTABLE), flags, context)
    for (const program of PROGRAMS) await symlink(EXECUTABLE, join(partial, program))
    await rename(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function compile(output: string, flags: readonly string[], context: BuildContext): Promise<void> {
  const started = performance.now()
  let progress = new BuildProgress(0)
  const ticker = setInterval(
    () => context.report(progress.summary(performance.now() - started)),
    REPORT_INTERVAL_MS,
  )
  try {
    const packages = await runGo(['list', '-deps', '.'], SOURCES, context.environment, line =>
      progress.line(line),
    )
    progress = new BuildProgress(packages.trim().split('\n').length)
    const args = ['build', '-v', ...flags, '-o', output, '.']
    await runGo(args, SOURCES, context.environment, line => progress.line(line))
  } finally {
    clearInterval(ticker)
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
