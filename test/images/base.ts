import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildContext } from '../cluster/assets/binaries.ts'
import type { Environment } from '../cluster/assets/cache.ts'
import { Buildah } from './buildah.ts'
import { run, runConfined } from './command.ts'

/** The image that our Dockerfiles are built on, by the full name that containerd and buildah give it. */
export const BASE_REFERENCE = 'docker.io/library/node:26-bookworm-slim'

/** A base image of this machine's architecture: what it is made of, and a key that changes with it. */
export interface BaseRecipe {
  readonly nodeVersion: string
  readonly nodeExecutable: string
  readonly key: string
}

const SUITE = 'bookworm'
const PACKAGES = ['libatomic1']
const NPM_VERSION = '11.21.2'
const DOCKERFILE = join(import.meta.dirname, 'Dockerfile.base')
// The npm package `node` is the official build of Node.js for this machine.
const NODE_PACKAGE = join(import.meta.dirname, '..', '..', 'node_modules', 'node')
// Of this machine, or of no use in an image; the directories remain.
const FILES_LEFT_OUT = ['etc/hostname', 'etc/resolv.conf', 'etc/apt/sources.list']
const EMPTIED = ['dev', 'var/log', 'var/cache/apt', 'var/lib/apt/lists']
const DOCUMENTATION = ['usr/share/doc', 'usr/share/info', 'usr/share/locale', 'usr/share/man']

/** What the base image is made of now. */
export async function baseRecipe(): Promise<BaseRecipe> {
  const { version }: { version: string } = JSON.parse(
    await readFile(join(NODE_PACKAGE, 'package.json'), 'utf8'),
  )
  const hash = createHash('sha256').update(JSON.stringify([version, process.arch]))
  for (const file of [import.meta.filename, DOCKERFILE]) hash.update(await readFile(file))
  return {
    nodeVersion: version,
    nodeExecutable: join(NODE_PACKAGE, 'bin', 'node'),
    key: hash.digest('hex').slice(0, 16),
  }
}

/**
 * Makes the base image as an archive.
 * @param scratch an empty directory, which its owner removes
 * @throws ImageError E_COMMAND when debootstrap, npm or buildah fails
 */
export async function makeBase(
  recipe: BaseRecipe,
  archive: string,
  scratch: string,
  context: BuildContext,
): Promise<void> {
  const { environment } = context
  context.report(`making a base image of Debian ${SUITE} and Node.js ${recipe.nodeVersion}`)
  const root = join(scratch, 'root')
  await addDebian(root, environment)
  await addNode(root, recipe.nodeExecutable)
  await addNpm(root, scratch, environment)
  await leaveOut(root)
  // An archive, because COPY of a directory gives all files to root.
  await run(['tar', '--create', `--file=${root}.tar`, '--numeric-owner', `--directory=${root}`, '.'], {
    environment,
  })
  await rm(root, { recursive: true })

  const buildah = new Buildah(join(scratch, 'store'), scratch, environment)
  await buildah.build({
    dockerfile: DOCKERFILE,
    context: scratch,
    reference: BASE_REFERENCE,
    buildArguments: { NODE_VERSION: recipe.nodeVersion },
    mounts: [],
    epochSeconds: 0,
  })
  const unfinished = join(scratch, 'base.tar')
  await buildah.save(BASE_REFERENCE, unfinished)
  await rename(unfinished, archive)
}

async function addDebian(root: string, environment: Environment): Promise<void> {
  const mirror = debianMirror(await indexTargets(environment))
  const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`]
  await runConfined(['debootstrap', ...options, SUITE, root, ...(mirror ? [mirror] : [])], { environment })
}

async function addNode(root: string, executable: string): Promise<void> {
  await copyFile(executable, join(root, 'usr/local/bin/node'))
}

async function addNpm(root: string, scratch: string, environment: Environment): Promise<void> {
  const pack = ['npm', 'pack', `npm@${NPM_VERSION}`, '--silent', `--pack-destination=${scratch}`]
  const tarball = (await run(pack, { environment, directory: scratch })).toString().trim()
  const modules = join(root, 'usr/local/lib/node_modules')
  await mkdir(join(modules, 'npm'), { recursive: true })
  const unpack = ['tar', '--extract', `--file=${join(scratch, tarball)}`, '--strip-components=1']
  await run([...unpack, `--directory=${join(modules, 'npm')}`, '--no-same-owner'], { environment })
  for (const program of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${program}-cli.js`, join(root, 'usr/local/bin', program))
}

async function leaveOut(root: string): Promise<void> {
  for (const path of [...FILES_LEFT_OUT, ...EMPTIED, ...DOCUMENTATION])
    await rm(join(root, path), { recursive: true, force: true })
  for (const path of EMPTIED) await mkdir(join(root, path))
}

/** What apt has on this machine, a line `<address> <suite> <component> <origin>` for each source. */
async function indexTargets(environment: Environment): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)'
  return (
    await run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'], { environment })
  ).toString()
}

/**
 * The mirror from which this machine has Debian's main archive of the suite; undefined where it has none, and debootstrap
 * takes its default.
 * @param lines as `apt-get indextargets` prints them; apt knows the origin only of what it has downloaded
 */
export function debianMirror(lines: string): string | undefined {
  return lines
    .split('\n')
    .map(line => line.split(' '))
    .find(
      ([, suite, component, origin]) =>
        suite === SUITE && component === 'main' && (!origin || origin === 'Debian'),
    )?.[0]
}
