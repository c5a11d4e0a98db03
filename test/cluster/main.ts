import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import {
  ClusterError,
  eventually,
  installMonitoring,
  monitoringImages,
  nodeUnavailable,
  startCluster,
  startControlPlane,
} from './index.ts'
import { findRunning, forgetRunning, noteRunning, type RunningCluster } from './running.ts'

const USAGE = `usage: npm run cluster                      start a cluster; Ctrl-C, or --stop elsewhere, ends it
       npm run cluster -- --control-plane   one without a node, where no pods run
       npm run cluster -- --image FILE      with the images of an archive; may be repeated
       npm run cluster -- --monitoring      with prometheus-operator and Prometheus
       npm run cluster -- --stop            end the one that runs
       npm run cluster -- exec COMMAND...   run a command in its network, with its KUBECONFIG
`
const context = {
  environment: process.env,
  report: (line: string) => void process.stderr.write(`${line}\n`),
}

function readArguments() {
  const [first, ...command] = process.argv.slice(2)
  if (first === 'exec' && command.length > 0) return { exec: command }
  const { values } = parseArgs({
    options: {
      'control-plane': { type: 'boolean', default: false },
      image: { type: 'string', multiple: true, default: [] },
      monitoring: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
    },
  })
  return { options: values }
}

type Options = NonNullable<ReturnType<typeof readArguments>['options']>

/** Starts a cluster, says how to reach it, and holds it until a signal. */
async function hold(options: Options): Promise<void> {
  if ((await findRunning(process.env)) !== undefined)
    throw new ClusterError('E_RUNNING', 'a cluster runs already: npm run cluster -- --stop ends it')
  // From the first moment: a signal before the cluster is up ends this process, and the supervisor does the rest.
  await using cluster = await start(options)
  const { url, kubeconfig, kubectl } = cluster
  const inside = 'inside' in cluster ? [...cluster.inside] : []
  await noteRunning({ pid: process.pid, kubeconfig, kubectl, inside }, process.env)
  process.stdout.write(`Kubernetes is up at ${url}\n\n  export KUBECONFIG=${kubeconfig}\n`)
  if (kubectl !== undefined) process.stdout.write(`  ${kubectl} get pods --all-namespaces\n`)
  process.stdout.write('\nCtrl-C ends it and removes what it has made.\n')
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await cluster.stop()
  await forgetRunning(process.env)
}

async function start(options: Options) {
  const unavailable = options['control-plane'] ? 'you asked for none' : nodeUnavailable()
  if (unavailable !== undefined) {
    context.report(`only a control plane, without a node: ${unavailable}`)
    return startControlPlane(context)
  }
  const images = options.monitoring ? await monitoringImages(context) : []
  const cluster = await startCluster({ ...context, images: [...images, ...options.image] })
  if (options.monitoring) await installMonitoring(cluster)
  return cluster
}

async function running(): Promise<RunningCluster> {
  const cluster = await findRunning(process.env)
  if (cluster === undefined)
    throw new ClusterError('E_RUNNING', 'no cluster runs: npm run cluster starts one')
  return cluster
}

async function stop(): Promise<void> {
  const { pid } = await running()
  process.kill(pid, 'SIGTERM')
  await eventually('the cluster to end', async () => (await findRunning(process.env)) === undefined)
}

async function execute(command: readonly string[]): Promise<void> {
  const { kubeconfig, kubectl, inside } = await running()
  const [file = '', ...args] = [...inside, ...command]
  const PATH = [process.env.PATH, ...(kubectl === undefined ? [] : [dirname(kubectl)])].join(delimiter)
  const child = spawn(file, args, {
    env: { ...process.env, PATH, KUBECONFIG: kubeconfig },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

try {
  const { exec, options } = readArguments()
  if (exec !== undefined) await execute(exec)
  else if (options.stop) await stop()
  else await hold(options)
} catch (error) {
  if (error instanceof ClusterError) process.stderr.write(`${error.message}\n`)
  else if (isUsageError(error)) process.stderr.write(`${error.message}\n${USAGE}`)
  else throw error
  process.exitCode = 1
}
