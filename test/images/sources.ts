import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The paths that a Dockerfile copies out of the directory it is built from; those from other stages are not. */
export function copiedPaths(dockerfile: string): string[] {
  return Array.from(dockerfile.matchAll(/^COPY (?!--from=)(.+)$/gm)).flatMap(([, paths = '']) =>
    paths.trim().split(/\s+/).slice(0, -1),
  )
}

/** A short name for what the parts make together: 16 hexadecimal digits. */
export function hashOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/** The image names that a Dockerfile starts stages from. */
export function stageBases(dockerfile: string): string[] {
  return Array.from(dockerfile.matchAll(/^FROM (?:--\S+ )*(\S+)/gm), ([, name = '']) => name)
}

/** The plain paths of a .dockerignore: what it excludes again after it has let a directory in. */
export function excludedPaths(dockerignore: string): string[] {
  return dockerignore.split('\n').filter(line => /^[\w.]+[/\w.-]*$/.test(line))
}

/**
 * A hash of all that goes into an image from a directory: the Dockerfile, and the names and contents of what it copies.
 * @param dockerfile name of the Dockerfile in the directory
 * @returns 64 hexadecimal digits
 */
export async function hashSources(directory: string, dockerfile: string): Promise<string> {
  const recipe = await readFile(join(directory, dockerfile), 'utf8')
  const excluded = new Set(excludedPaths(await readFile(join(directory, '.dockerignore'), 'utf8')))
  const hash = createHash('sha256').update(recipe)
  for (const path of copiedPaths(recipe))
    for (const file of (await filesUnder(directory, path)).sort())
      if (!excluded.has(file)) hash.update(`\0${file}\0`).update(await readFile(join(directory, file)))
  return hash.digest('hex')
}

async function filesUnder(directory: string, path: string): Promise<string[]> {
  if (!(await lstat(join(directory, path))).isDirectory()) return [path]
  const entries = await readdir(join(directory, path), { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
}
