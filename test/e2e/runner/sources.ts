import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')
const PARTS = [
  ...['Dockerfile.proxy', 'Dockerfile.operator', '.dockerignore'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'proxy', 'operator', 'crds', 'charts'],
]

/** Copies what is tested, so that images and manifests are of one state while somebody edits. */
export async function copySources(directory: string): Promise<void> {
  for (const part of PARTS) await cp(join(ROOT, part), join(directory, part), { recursive: true })
}

/** The version that the package has, and so its images. */
export async function versionOf(directory: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  return version
}
