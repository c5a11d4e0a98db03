import type { FastifyInstance } from 'fastify'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import type { ConfigInputs, Invocation } from '../config/flags.ts'
import type { LoadedConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import { type Closeable, watchFiles } from '../config/watch.ts'
import { codeOf } from '../errors.ts'
import { IDLE_SWEEP_MS, SHUTDOWN_MS } from '../limits.ts'
import { PolicyHost } from '../policy/host.ts'
import { afterBySystem } from '../policy/providers/clock.ts'
import { type Gate, openGate } from '../server/gate.ts'
import { Reloader } from '../server/reloader.ts'
import { Runtime } from '../server/runtime.ts'
import { buildServer } from '../server/server.ts'
import { systemResolver } from '../upstream/discovery/system-resolver.ts'
import type { CommandIo } from './io.ts'

type ServeInvocation = Extract<Invocation, { command: 'serve' }>

/** Where the server listens. */
interface ListenAddress {
  readonly host: string
  readonly port: number
}

const DEFAULT_LISTEN: ListenAddress = { host: '::', port: 8080 }

/** The address of the configuration; without one, what the command line says. */
function listenAddress(gate: Gate | undefined, { overrides }: ConfigInputs): ListenAddress {
  if (gate !== undefined) return { host: gate.config.listenAddress, port: gate.config.listenPort }
  return {
    host: overrides.listen_address ?? DEFAULT_LISTEN.host,
    port: Number(overrides.listen_port ?? DEFAULT_LISTEN.port),
  }
}

/** Listens; on IPv4 alone where all addresses are meant and the system has no IPv6. */
async function listen(app: FastifyInstance, { host, port }: ListenAddress): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if (host !== DEFAULT_LISTEN.host || codeOf(error) !== 'EAFNOSUPPORT') throw error
    await app.listen({ host: '0.0.0.0', port })
  }
}

function watchConfig(inputs: ConfigInputs, runtime: Runtime, bound: ListenAddress): Closeable {
  const paths = [inputs.configPath, inputs.relabelPath].filter(path => path !== undefined)
  const look = async (): Promise<void> => {
    const result = await runtime.look()
    if (result.kind !== 'loaded') return
    const wanted = listenAddress(result.gate, inputs)
    if (wanted.host !== bound.host || wanted.port !== bound.port)
      runtime.log.warn(
        { wanted, bound },
        'listen_address or listen_port changed: takes effect at the next start',
      )
  }
  const lookAndReport = (): void => {
    look().catch((error: unknown) => runtime.log.error({ err: error }, 'looking at the configuration failed'))
  }
  const watcher = watchFiles(paths, lookAndReport)
  // What changed between the first look and now caused no event.
  lookAndReport()
  return watcher
}

async function stop(app: FastifyInstance, runtime: Runtime): Promise<void> {
  runtime.log.info('stopping: scrapes in flight may finish')
  runtime.stop()
  const cutOff = setTimeout(() => app.server.closeAllConnections(), SHUTDOWN_MS)
  // A connection that becomes idle when its scrape has finished would be kept, and waited for.
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS)
  await app.close()
  clearTimeout(cutOff)
  clearInterval(sweep)
}

function openLog(io: CommandIo, level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, io.stdout)
}

/**
 * `serve`: serves the filtered metrics until the program is asked to end.
 *
 * @throws {ConfigError} if the configuration is not valid and it is not to be waited for; an error of listening
 */
export async function serve({ inputs, waitForConfig }: ServeInvocation, io: CommandIo): Promise<number> {
  const { env, now, monotonicMs, startedAtMs, version, memoryBytes, cpuSeconds } = io
  const surroundings = { resolver: systemResolver }
  const read = () => readSources(inputs, env)
  const log = openLog(io, inputs.overrides.log_level ?? 'info')
  const policies = new PolicyHost({
    clock: { now, after: afterBySystem },
    random: io.random,
    log,
    env,
    proxy: { version, instanceId: io.instanceId },
    onChange: () => reloader.gate?.usePolicies(policies.series),
  })
  const open = async (loaded: LoadedConfig): Promise<Gate> => {
    const gate = await openGate(loaded, surroundings)
    policies.use(loaded.config.policies)
    gate.usePolicies(policies.series)
    return gate
  }
  const reloader = new Reloader({ read, open, now })
  const first = await reloader.look()
  if (first.kind === 'refused' && !waitForConfig) throw first.error
  const facts = { version, startedAtMs, memoryBytes, cpuSeconds }
  const runtime = new Runtime({ reloader, policies, log, now, monotonicMs, facts })
  runtime.report(first, undefined)

  const app = buildServer(runtime)
  const address = listenAddress(reloader.gate, inputs)
  await listen(app, address)
  runtime.log.info({ version, addresses: app.addresses() }, 'listening')
  const watcher = watchConfig(inputs, runtime, address)

  await new Promise<void>(resolve => io.onStop(resolve))
  watcher.close()
  policies.close()
  await stop(app, runtime)
  return 0
}
