import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Writes the files of a ConfigMap, Secret or token volume as a kubelet does, so that a reader sees the whole old set
 * or the whole new one: the files go into a new directory, the link `..data` is swapped to it by one rename, and each
 * visible name is a link through `..data`.
 *
 * Source of the layout: AtomicWriter, pkg/volume/util/atomic_writer.go of Kubernetes.
 *
 * @param directory the volume's mount point; made when it does not exist
 * @param files file names and contents; an empty record leaves an empty directory
 * @param version a name that is new for each write, such as a resourceVersion
 */
export async function writeProjectedFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
  version: string,
): Promise<void> {
  const payload = `..${version}`
  await mkdir(path.join(directory, payload), { recursive: true })
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(directory, payload, name), content)

  const dataLink = path.join(directory, '..data')
  const previous = await linkTarget(dataLink)
  await rm(path.join(directory, '..data_tmp'), { force: true })
  await symlink(payload, path.join(directory, '..data_tmp'))
  await rename(path.join(directory, '..data_tmp'), dataLink)

  const visible = (await readdir(directory)).filter(name => !name.startsWith('..'))
  for (const name of Object.keys(files)) {
    if (!visible.includes(name)) await symlink(path.join('..data', name), path.join(directory, name))
  }
  for (const name of visible) {
    if (!(name in files)) await rm(path.join(directory, name))
  }
  if (previous !== undefined && previous !== payload) {
    await rm(path.join(directory, previous), { recursive: true, force: true })
  }
}

async function linkTarget(link: string): Promise<string | undefined> {
  try {
    return await readlink(link)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
