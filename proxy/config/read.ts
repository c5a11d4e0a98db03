import { readFile } from 'node:fs/promises'
import type { Environment } from './environment.ts'
import { ConfigError } from './error.ts'
import type { ConfigInputs } from './flags.ts'
import type { ConfigSources, NamedText } from './load.ts'

async function readText(path: string): Promise<NamedText> {
  try {
    return { name: path, text: await readFile(path, 'utf8') }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(path, [isMissing ? 'there is no such file' : reason])
  }
}

/**
 * Reads the files that the command line names.
 *
 * @throws {ConfigError} if one cannot be read
 */
export async function readSources(inputs: ConfigInputs, env: Environment): Promise<ConfigSources> {
  const { configPath, relabelPath, relabelText, overrides } = inputs
  const relabel =
    relabelPath === undefined
      ? relabelText === undefined
        ? undefined
        : { name: '--relabel', text: relabelText }
      : await readText(relabelPath)
  return {
    ...(configPath === undefined ? {} : { file: await readText(configPath) }),
    ...(relabel === undefined ? {} : { relabel }),
    overrides,
    env,
  }
}
