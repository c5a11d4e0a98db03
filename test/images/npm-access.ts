import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../cluster/assets/cache.ts'
import { run } from './command.ts'

/** A file of this machine that a build step may read at a path in its container: `host:container:ro`. */
export type ReadOnlyMount = `${string}:${string}:ro`

const KEYS = ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy'] as const
const GLOBAL_CONFIGURATION = '/usr/local/etc/npmrc'
const USER_CONFIGURATION = '/root/.npmrc'

/**
 * What lets npm in a build step reach the registry that npm on this machine uses: its settings, its user's configuration
 * with what authenticates there, and the certificate authorities it trusts.
 *
 * They are mounted and not passed as environment or arguments, which would stay in the history of the image.
 * @param directory where the file with the settings is written
 * @throws ImageError E_COMMAND when npm does not tell its configuration
 */
export async function npmAccess(directory: string, environment: Environment): Promise<ReadOnlyMount[]> {
  const answer = await run(['npm', 'config', 'get', ...KEYS, 'userconfig'], { environment, directory })
  const settings = parseSettings(answer.toString())
  const userConfiguration = settings.get('userconfig')
  settings.delete('userconfig')
  const authorities = settings.get('cafile') ?? environment.NODE_EXTRA_CA_CERTS
  if (authorities) settings.set('cafile', authorities)

  const file = join(directory, 'npmrc')
  const lines = Array.from(settings, ([key, value]) => `${key}=${value}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  const mounts: ReadOnlyMount[] = [`${file}:${GLOBAL_CONFIGURATION}:ro`]
  // At its own path, because the user's configuration may name it too.
  if (authorities) mounts.push(`${authorities}:${authorities}:ro`)
  if (userConfiguration && (await exists(userConfiguration)))
    mounts.push(`${userConfiguration}:${USER_CONFIGURATION}:ro`)
  return mounts
}

/** Reads what `npm config get` prints for several keys, a `key=value` per line, and leaves out those that have no value. */
export function parseSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [, key = '', value = ''] of text.matchAll(/^([a-z-]+)=(.+)$/gm))
    if (value !== 'null' && value !== 'undefined') settings.set(key, value)
  return settings
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
