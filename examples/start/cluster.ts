import { type AddressInfo, connect, createServer } from 'node:net'
import { AdmissionregistrationV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node'
import { WEBHOOK_CONFIGURATION_NAME } from '../../operator/webhook/configuration.ts'
import { monitorCrds, startControlPlane, unlessNotFound } from '../../test/cluster/index.ts'

/** The cluster that the demonstration runs on. */
export interface DemoCluster extends AsyncDisposable {
  readonly title: string
  readonly kubeConfig: KubeConfig
  /** Port on 127.0.0.1 at which the API server answers, as a container's port does inside its pod. */
  readonly apiServerPort: number
  /** Command line with which a person reaches the cluster. */
  readonly kubectl: string
}

/** Starts a control plane that ends with this process. Throws ClusterError. */
export async function embeddedCluster(): Promise<DemoCluster> {
  const controlPlane = await startControlPlane({ crds: await monitorCrds() })
  return {
    title: `embedded control plane at ${controlPlane.url}`,
    kubeConfig: controlPlane.kubeConfig(),
    apiServerPort: Number(new URL(controlPlane.url).port),
    kubectl: `${controlPlane.kubectl ?? 'kubectl'} --kubeconfig ${controlPlane.kubeconfig}`,
    [Symbol.asyncDispose]: () => controlPlane.stop(),
  }
}

/**
 * The cluster of a kubeconfig. Throws when it does not answer, or when an operator is installed already: two would fight
 * for the webhook's configuration.
 */
export async function configuredCluster(
  kubeconfig: string | undefined,
  context: string | undefined,
): Promise<DemoCluster> {
  const kubeConfig = new KubeConfig()
  if (kubeconfig === undefined) kubeConfig.loadFromDefault()
  else kubeConfig.loadFromFile(kubeconfig)
  if (context !== undefined) kubeConfig.setCurrentContext(context)
  const cluster = kubeConfig.getCurrentCluster()
  if (cluster === null) {
    const known = kubeConfig.getContexts().map(({ name }) => name)
    throw new Error(
      `context ${kubeConfig.getCurrentContext()} names no cluster; contexts: ${known.join(', ') || 'none'}`,
    )
  }
  const { gitVersion } = await kubeConfig.makeApiClient(VersionApi).getCode()
  if (await hasWebhook(kubeConfig)) {
    throw new Error(`${cluster.server} has a MetricGate operator already; the demonstration brings its own`)
  }
  const forward = await forwardTo(new URL(cluster.server))
  const flags = [kubeconfig && `--kubeconfig ${kubeconfig}`, context && `--context ${context}`].filter(
    Boolean,
  )
  return {
    title: `Kubernetes ${gitVersion} at ${cluster.server}`,
    kubeConfig,
    apiServerPort: forward.port,
    kubectl: ['kubectl', ...flags].join(' '),
    [Symbol.asyncDispose]: forward.close,
  }
}

async function hasWebhook(kubeConfig: KubeConfig): Promise<boolean> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api)
  const configuration = api.readMutatingWebhookConfiguration({ name: WEBHOOK_CONFIGURATION_NAME })
  return (await unlessNotFound(configuration)) !== undefined
}

/** Brings a remote address to 127.0.0.1, where a sidecar expects the application of its pod. */
async function forwardTo(url: URL): Promise<{ port: number; close: () => Promise<void> }> {
  const target = { host: url.hostname, port: Number(url.port || 443) }
  const server = createServer(client => {
    const upstream = connect(target)
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return { port, close: () => new Promise(resolve => void server.close(() => resolve())) }
}
