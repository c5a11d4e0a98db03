import { isFanOut } from '../config/aggregation.ts'
import type { ConfigInputs } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import { printUpstreams } from '../config/upstream-url.ts'
import type { ProxyConfig } from '../config.ts'
import { compileGate } from '../server/gate.ts'
import type { CommandIo } from './io.ts'

/** How series that become equal, and targets, are put together. */
function describeMerging({ aggregation, upstreams }: ProxyConfig): string {
  const { counters, gauges, overrides, onTargetFailure } = aggregation
  const functions = [
    `counters by ${counters}`,
    `gauges by ${gauges}`,
    ...overrides.map(({ pattern, function: by }) => `${JSON.stringify(pattern)} by ${by}`),
  ]
  const failure = isFanOut(upstreams) ? `; when a target fails: ${onTargetFailure}` : ''
  return `merging: ${functions.join(', ')}${failure}`
}

/**
 * `check`: says whether a configuration is valid, and what its author should know about it.
 *
 * @throws {ConfigError} if it is not
 */
export async function check(inputs: ConfigInputs, io: CommandIo): Promise<number> {
  const loaded = loadConfig(await readSources(inputs, io.env))
  const { warnings } = compileGate(loaded)
  for (const warning of warnings) io.stdout.write(`warning: ${warning}\n`)
  const { config } = loaded
  const { main, subsets } = config.rules
  const names = subsets.map(({ name }) => name).join(', ') || 'none'
  io.stdout.write(`valid: upstream ${printUpstreams(config)}, rules: ${main.length}, subsets: ${names}\n`)
  io.stdout.write(`${describeMerging(config)}\n`)
  return 0
}
