import type { ConfigInputs } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import { compileGate } from '../server/gate.ts'
import type { CommandIo } from './io.ts'

/**
 * `check`: says whether a configuration is valid, and what its author should know about it.
 *
 * @throws {ConfigError} if it is not
 */
export async function check(inputs: ConfigInputs, io: CommandIo): Promise<number> {
  const loaded = loadConfig(await readSources(inputs, io.env))
  const { warnings } = compileGate(loaded)
  for (const warning of warnings) io.stdout.write(`warning: ${warning}\n`)
  const { upstreamUrl, rules } = loaded.config
  const subsets = rules.subsets.map(({ name }) => name).join(', ') || 'none'
  io.stdout.write(`valid: upstream ${upstreamUrl}, rules: ${rules.main.length}, subsets: ${subsets}\n`)
  return 0
}
