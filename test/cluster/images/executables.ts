import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { exists } from '../assets/exists.ts'
import { imageArchive } from './archive.ts'

const NOBODY = '65534:65534'

/**
 * Packs a static executable as an image whose entry point it is, `/bin/<name>`, in a file beside it, unless that is there.
 * @param name the reference that pods use
 * @returns the path of the archive
 */
export async function executableImage(executable: string, name: string): Promise<string> {
  const path = `bin/${basename(executable)}`
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const description = { name, entrypoint: [`/${path}`], user: NOBODY, architecture }
  const key = createHash('sha256').update(JSON.stringify(description)).digest('hex').slice(0, 8)
  const archive = `${executable}-${key}.tar`
  if (await exists(archive)) return archive

  const files = [{ path, content: await readFile(executable), mode: 0o755 }]
  const partial = `${archive}.${process.pid}`
  await writeFile(partial, imageArchive({ ...description, files }))
  await rename(partial, archive)
  return archive
}
