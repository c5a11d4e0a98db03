import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDirectory, type Environment } from './cache.ts'
import { exists } from './exists.ts'
import { findGo, type GoToolchain, runGo } from './go.ts'
import { withLock } from './lock.ts'
import { BuildProgress } from './progress.ts'
import { type BinarySet, CONTROL_PLANE } from './sets.ts'

export { PROGRAMS } from './sets.ts'

/** What the build reads from its surroundings, and where it tells of its progress. */
export interface BuildContext {
  readonly environment: Environment
  /** Receives one line of text now and then while something takes long. */
  readonly report: (line: string) => void
}

const PARTIAL = 'partial'
const REPORT_INTERVAL_MS = 15_000

/**
 * Makes sure that the programs of a set are built, and resolves to the directory that holds them.
 *
 * They are kept in the cache under a hash of all that goes into them, so a second call needs only a look. Several processes
 * may call this at once: one builds, the others wait for it.
 * @throws ClusterError E_GO without a sufficient Go, E_BUILD when Go fails
 */
export async function ensureBinaries(context: BuildContext, set: BinarySet = CONTROL_PLANE): Promise<string> {
  const module = await readModule(set)
  const go = await findGo(module.directory, context.environment)
  const flags = buildFlags(module.kubernetesVersion, set.settings)
  const directory = join(cacheDirectory(context.environment), 'binaries')
  const target = join(directory, contentKey(module.files, go, flags, set))
  if (await exists(target)) return target

  await mkdir(directory, { recursive: true })
  const onWait = () => context.report(`another process builds: ${set.title} waits for it`)
  await withLock(join(directory, 'lock'), onWait, async () => {
    if (await exists(target)) return
    context.report(`building ${set.title} into ${target}, with ${go.version}`)
    context.report(`this happens once, and takes about ${set.minutes} min on two cores`)
    await build(target, set, module.directory, flags, context)
  })
  return target
}

interface GoModule {
  readonly directory: string
  readonly files: ReadonlyMap<string, string>
  readonly kubernetesVersion: string | undefined
}

async function readModule(set: BinarySet): Promise<GoModule> {
  const directory = join(import.meta.dirname, '..', set.module)
  const files = new Map<string, string>()
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) files.set(path.slice(directory.length), await readFile(path, 'utf8'))
  const kubernetesVersion = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(files.get('/go.mod') ?? '')?.[1]
  return { directory, files, kubernetesVersion }
}

/**
 * Kubernetes learns its version from the linker; without it, it says v0.0.0-master. Debug information, which the linker would drop, is
 * not made, and Kubernetes' own packages, most of them generated, are compiled without inlining: a quarter less to
 * compile, and no slower to start. Of the cloud providers that Prometheus can discover targets from, only Kubernetes is
 * built in.
 */
function buildFlags(
  kubernetesVersion: string | undefined,
  settings: readonly string[] = [],
): readonly string[] {
  const [major, minor] = kubernetesVersion?.slice(1).split('.') ?? []
  const versions =
    kubernetesVersion === undefined
      ? []
      : [
          `k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
          `k8s.io/component-base/version.gitMajor=${major}`,
          `k8s.io/component-base/version.gitMinor=${minor}`,
        ]
  const linker = ['-s -w', ...[...versions, ...settings].map(setting => `-X ${setting}`)].join(' ')
  const compiler = ['-gcflags=all=-dwarf=false', '-gcflags=k8s.io/...=-dwarf=false -l']
  const tags = '-tags=remove_all_sd,enable_kubernetes_sd'
  return ['-trimpath', '-buildvcs=false', tags, ...compiler, '-ldflags', linker]
}

function contentKey(
  files: ReadonlyMap<string, string>,
  go: GoToolchain,
  flags: readonly string[],
  set: BinarySet,
): string {
  const parts = JSON.stringify([[...files], go, flags, set.executables])
  return createHash('sha256').update(parts).digest('hex').slice(0, 16)
}

/** Builds beside `target` and renames when all is there, so that `target` is complete whenever it exists. */
async function build(
  target: string,
  set: BinarySet,
  module: string,
  flags: readonly string[],
  context: BuildContext,
): Promise<void> {
  const partial = join(dirname(target), PARTIAL)
  await rm(partial, { recursive: true, force: true }) // what a build that was killed has left
  await mkdir(partial)
  try {
    for (const { name, package: source, programs } of set.executables) {
      await compile(module, source, join(partial, name), flags, context)
      for (const program of programs) await symlink(name, join(partial, program))
    }
    await rename(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function compile(
  module: string,
  source: string,
  output: string,
  flags: readonly string[],
  context: BuildContext,
): Promise<void> {
  const started = performance.now()
  let progress = new BuildProgress(0)
  const ticker = setInterval(
    () => context.report(progress.summary(performance.now() - started)),
    REPORT_INTERVAL_MS,
  )
  try {
    const packages = await runGo(['list', '-deps', source], module, context.environment, line =>
      progress.line(line),
    )
    progress = new BuildProgress(packages.trim().split('\n').length)
    const args = ['build', '-v', ...flags, '-o', output, source]
    await runGo(args, module, context.environment, line => progress.line(line))
  } finally {
    clearInterval(ticker)
  }
}
