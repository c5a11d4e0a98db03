import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exists } from '../assets/exists.ts'
import { withLock } from '../assets/lock.ts'
import { imagesInArchive } from '../images/manifest.ts'
import type { Supervisor } from '../process/supervision.ts'
import type { NodeFiles } from './configuration.ts'
import { Containerd } from './containerd.ts'

/** What containerd changes in place. */
const DATABASES = [
  'io.containerd.metadata.v1.bolt/meta.db',
  'io.containerd.snapshotter.v1.overlayfs/metadata.db',
]

/**
 * Makes a store for containerd that holds the images of some archives.
 *
 * Unpacking images takes longer than all else at a start, so that is done once, in a store in the cache. A cluster gets a copy of
 * that one, of hard links: containerd never changes a file of an image in place, only its databases.
 * @param cache a directory for that; the node's files must be on the same file system
 */
export async function provideStore(
  cache: string,
  archives: readonly string[],
  supervisor: Supervisor,
  files: NodeFiles,
): Promise<void> {
  await mkdir(cache, { recursive: true })
  const store = join(cache, 'store')
  // A wait for another cluster's start is short.
  await withLock(
    join(cache, 'lock'),
    () => undefined,
    async () => {
      await importMissing(store, join(cache, 'images.json'), archives, supervisor, files)
      await linkCopy(store, files.store)
    },
  )
}

/** Imports the archives of which an image is not, or not that one, in the store under its reference. */
async function importMissing(
  store: string,
  record: string,
  archives: readonly string[],
  supervisor: Supervisor,
  files: NodeFiles,
): Promise<void> {
  const present = new Map<string, string>(
    (await exists(record)) ? JSON.parse(await readFile(record, 'utf8')) : [],
  )
  const wanted = await Promise.all(
    archives.map(async archive => ({ archive, images: [...(await imagesInArchive(archive))] })),
  )
  const missing = wanted.filter(({ images }) => images.some(([name, id]) => present.get(name) !== id))
  if (missing.length === 0) return
  await rm(record, { force: true }) // What is true when this is interrupted is not known.
  const containerd = await Containerd.launch(supervisor, files, store)
  for (const { archive } of missing) await containerd.import(archive)
  await containerd.stop()
  const now = new Map([...present, ...missing.flatMap(({ images }) => images)])
  await writeFile(record, JSON.stringify([...now]))
}

async function linkCopy(store: string, target: string): Promise<void> {
  await promisify(execFile)('cp', ['--archive', '--link', store, target])
  for (const database of DATABASES) {
    await rm(join(target, database))
    await copyFile(join(store, database), join(target, database))
  }
}
