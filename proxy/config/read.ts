import { readFile } from 'node:fs/promises'
import { codeOf, messageOf } from '../errors.ts'
import type { Environment } from './environment.ts'
import { ConfigError } from './error.ts'
import type { ConfigInputs } from './flags.ts'
import type { ConfigSources, NamedText } from './load.ts'

async function readText(path: string): Promise<NamedText> {
  try {
    return { name: path, text: await readFile(path, 'utf8') }
  } catch (error) {
    throw new ConfigError(path, [codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)])
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
