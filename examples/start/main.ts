import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { KubernetesObjectApi } from '@kubernetes/client-node'
import { parseContentType } from '../../proxy/exposition/format.ts'
import { eventually, installCrds } from '../../test/cluster/index.ts'
import { Supervisor } from '../../test/cluster/process/supervision.ts'
import { configuredCluster, type DemoCluster, embeddedCluster } from './cluster.ts'
import { summarizeExposition } from './exposition-summary.ts'
import { Manifests, readManifests } from './manifests.ts'
import { done, say, showSidecar, step } from './narration.ts'
import { startOperator } from './operator.ts'
import { type ExpositionSummary, formatReport } from './report.ts'
import { type RunningSidecar, runSidecar } from './sidecar.ts'
import { applyWorkload, sidecarOf } from './workload.ts'

const USAGE = `npm start [-- OPTIONS]: a MetricGate at work, on an embedded Kubernetes control plane or on a cluster of yours

  --context NAME     use this context of the kubeconfig; with it, or with KUBECONFIG set, nothing is embedded
  --advertise HOST   name or address under which the API server reaches this machine (default 127.0.0.1)
  --once             end after the table
`

const root = path.join(import.meta.dirname, '..', '..')

interface Options {
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  readonly advertise: string
  readonly once: boolean
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Error)) throw error
  process.stderr.write(`\nnpm start: ${error.message}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      context: { type: 'string' },
      advertise: { type: 'string', default: '127.0.0.1' },
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return say(USAGE)
  const { context, advertise } = values
  await demonstrate({
    kubeconfig: process.env.KUBECONFIG || undefined,
    context,
    advertise,
    once: values.once,
  })
}

/** The story, in its order; leaving it undoes its steps, the last first. */
async function demonstrate(options: Options): Promise<void> {
  const interrupted = new AbortController()
  const { signal } = interrupted
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  await using stack = new AsyncDisposableStack()

  const isConfigured = options.kubeconfig !== undefined || options.context !== undefined
  step(isConfigured ? 'Connecting to the cluster' : 'Starting a Kubernetes control plane')
  const cluster = stack.use(
    isConfigured ? await configuredCluster(options.kubeconfig, options.context) : await embeddedCluster(),
  )
  done(cluster.title)
  const supervisor = await Supervisor.start()
  stack.defer(() => supervisor.stop())
  const manifests = new Manifests(KubernetesObjectApi.makeApiClient(cluster.kubeConfig))
  stack.defer(() => manifests.remove())

  step('Installing the CustomResourceDefinition')
  for (const crd of await readManifests(path.join(root, 'crds/metricgates.metricgate.io.yaml'))) {
    const existed = await manifests.exists(crd)
    await installCrds(cluster.kubeConfig, [crd])
    if (!existed) manifests.adopt(crd)
    done(`${crd.metadata?.name}`)
  }

  step('Starting the operator')
  const logFile = path.join(supervisor.directory, 'operator.log')
  const operator = await startOperator(cluster, manifests, { advertise: options.advertise, logFile })
  stack.defer(() => operator.stop())
  done(`its webhook listens on port ${operator.webhookPort()}; its log: ${logFile}`)

  step('Applying examples/kube-apiserver: a MetricGate, and a pod that opts in')
  const pod = await applyWorkload(cluster, manifests)
  const container = sidecarOf(pod, options.advertise)
  showSidecar(pod, container)

  step("Running the sidecar's command in front of the API server's own /metrics")
  const entrypoint = [process.execPath, path.join(root, 'proxy/main.ts')]
  stack.defer(() => interrupted.abort())
  const host = { kubeConfig: cluster.kubeConfig, supervisor, entrypoint, signal }
  const sidecar = await runSidecar({ pod, container }, host)
  await awaitReady(sidecar)
  done(`node proxy/main.ts ${sidecar.command.slice(entrypoint.length).join(' ')}`)

  const before = await summarize(`${sidecar.url}/source`)
  const after = await summarize(`${sidecar.url}/metrics`)
  say(`\n${formatReport(before, after)}\n${addresses(sidecar, cluster)}`)
  if (options.once || signal.aborted) return
  say('\nCtrl-C ends it and removes what it has made.\n')
  await Promise.race([once(signal, 'abort'), announceEnd(sidecar, signal)])
  say('\nCleaning up …\n')
}

async function awaitReady(sidecar: RunningSidecar): Promise<void> {
  const ready = eventually('the sidecar to be ready', async () => (await fetch(`${sidecar.url}/_ready`)).ok)
  const ended = sidecar.process.exited.then(async how => {
    throw new Error(`the sidecar ended with ${how}:\n${await sidecar.process.logTail()}`)
  })
  await Promise.race([ready, ended])
}

async function announceEnd(sidecar: RunningSidecar, signal: AbortSignal): Promise<void> {
  const how = await sidecar.process.exited
  if (!signal.aborted) say(`\nThe sidecar ended (${how}):\n${await sidecar.process.logTail()}\n`)
}

async function summarize(url: string): Promise<ExpositionSummary> {
  const response = await fetch(url)
  const body = new Uint8Array(await response.arrayBuffer())
  const type = parseContentType(response.headers.get('content-type') ?? undefined)
  if (response.status !== 200 || type === undefined) {
    throw new Error(`${url} answered ${response.status}: ${Buffer.from(body.subarray(0, 500)).toString()}`)
  }
  return summarizeExposition(body, type.format)
}

function addresses({ url }: RunningSidecar, { kubectl }: DemoCluster): string {
  return `Try:
  curl -s ${url}/metrics | head                  what Prometheus gets
  curl -s ${url}/metrics/requests                a subset
  curl -s ${url}/analyze | head -40              where the series come from
  curl -s ${url}/_metrics | grep ^metricgate     what the proxy says of itself
  ${kubectl} -n metricgate-demo get metricgate,configmap,service,servicemonitor,pod
  ${kubectl} -n metricgate-demo edit metricgate kube-apiserver     the sidecar follows
`
}
