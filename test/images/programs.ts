import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { BuildContext } from '../cluster/assets/binaries.ts'
import { run } from './command.ts'
import { ImageError } from './errors.ts'

/** Programs by name, and the Debian package that has each. */
export type Programs = Readonly<Record<string, string>>

/**
 * Makes sure that programs are installed: as root on a Debian system the missing ones are installed with apt-get.
 * @throws ImageError E_PROGRAMS that names the missing packages where that is not possible; E_COMMAND when apt-get fails
 */
export async function ensurePrograms(programs: Programs, context: BuildContext): Promise<void> {
  const searchPath = (context.environment.PATH ?? '').split(delimiter)
  const names = Object.keys(programs)
  const found = await Promise.all(names.map(name => isInstalled(name, searchPath)))
  const packages = [...new Set(names.filter((_, index) => !found[index]).map(name => programs[name] ?? name))]
  if (packages.length === 0) return
  if (process.getuid?.() !== 0 || !(await isInstalled('apt-get', searchPath)))
    throw new ImageError(
      'E_PROGRAMS',
      `building images needs root on Linux and the Debian packages ${packages.join(', ')}; install them: ` +
        `sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    )
  context.report(`installing ${packages.join(', ')} with apt-get`)
  const environment = { ...context.environment, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = ['apt-get', '--quiet', '--yes', '--option=DPkg::Lock::Timeout=300']
  await run([...aptGet, 'update'], { environment })
  await run([...aptGet, 'install', '--no-install-recommends', ...packages], { environment })
}

async function isInstalled(name: string, searchPath: readonly string[]): Promise<boolean> {
  for (const directory of searchPath) {
    try {
      await access(join(directory, name), constants.X_OK)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') throw error
    }
  }
  return false
}
