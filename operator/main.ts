#!/usr/bin/env node
import { randomUUID } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { KubeConfig } from '@kubernetes/client-node'
import { pino } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import packageJson from '../package.json' with { type: 'json' }
import type { Clock } from './kubernetes/clock.ts'
import { ANY_ADDRESS, anyAddress } from './listen-address.ts'
import { helpText, type OperatorOptions, OptionsError, parseOptions } from './options.ts'
import { runOperator } from './run.ts'

/** Exit status for a command line that cannot be followed (BSD sysexits.h, EX_USAGE). */
const EX_USAGE = 64
/** Kubernetes kills after 30 s; better to say first what has not ended. */
const STOP_MS_MAX = 20_000
/** Where client-node turns to when it finds no kubeconfig and no service account. */
const NO_CONFIGURATION = 'http://localhost:8080'

const { version } = packageJson

const clock: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

try {
  const command = parseOptions(process.argv.slice(2), process.env, version)
  if (command.kind === 'help') process.stdout.write(helpText(version))
  else if (command.kind === 'version') process.stdout.write(`${version}\n`)
  else run(command.options)
} catch (error) {
  if (!(error instanceof OptionsError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = EX_USAGE
}

function run(options: OperatorOptions): void {
  const kubeConfig = loadKubeConfig(options)
  const logger = pino({ name: 'metricgate-operator', level: options['log-level'] })
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const onFatal = (error: unknown): never => {
    logger.fatal({ err: error }, 'the operator cannot work')
    process.exit(1)
  }
  const dependencies = {
    kubeConfig,
    logger,
    clock,
    random: Math.random,
    // A container that is started again in the same pod is another candidate.
    identity: `${process.env.POD_NAME || hostname()}_${randomUUID()}`,
    registry,
    version,
    onFatal,
  }
  const given = options['listen-address']
  const listenAddress = given === ANY_ADDRESS ? anyAddress(networkInterfaces()) : given
  const starting = runOperator({ ...options, 'listen-address': listenAddress }, dependencies).catch(onFatal)
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info({ signal }, 'the operator ends')
    const timer = setTimeout(() => {
      logger.error('the operator did not end in time')
      process.exit(1)
    }, STOP_MS_MAX)
    const operator = await starting
    await operator.stop()
    clearTimeout(timer)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

function loadKubeConfig({ kubeconfig, context }: OperatorOptions): KubeConfig {
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OptionsError(`--kubeconfig: ${reason}`, { cause })
  }
  if (kubeconfig === undefined && config.getCurrentCluster()?.server === NO_CONFIGURATION) {
    throw new OptionsError('no Kubernetes configuration: give --kubeconfig, set KUBECONFIG, or run in a pod')
  }
  if (context !== undefined) config.setCurrentContext(context)
  if (config.getCurrentCluster() === null) {
    const known = config.getContexts().map(({ name }) => name)
    throw new OptionsError(
      `--context: ${context ?? `(the current one, ${JSON.stringify(config.getCurrentContext() ?? null)})`} names no cluster; ` +
        `contexts: ${known.join(', ') || 'none'}`,
    )
  }
  return config
}
