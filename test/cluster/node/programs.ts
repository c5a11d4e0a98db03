import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CoreV1Api } from '@kubernetes/client-node'
import { flags } from '../control-plane/arguments.ts'
import type { ControlPlane } from '../control-plane/control-plane.ts'
import { untilReady } from '../process/ready.ts'
import type { Supervisor } from '../process/supervision.ts'
import { type ApiServerAccess, getThroughApiServer } from '../through-api-server.ts'
import type { NodeAssets } from './assets.ts'
import {
  cniConfig,
  corefile,
  ENVIRONMENT,
  kubeletConfig,
  NODE_ADDRESS,
  NODE_NAME,
  type NodeFiles,
  proxyConfig,
} from './configuration.ts'

/** Writes the configuration of a node's programs into its directory. */
export async function writeNodeConfiguration(directory: string, files: NodeFiles): Promise<void> {
  await mkdir(files.cniDirectory)
  const contents: readonly (readonly [string, string])[] = [
    [join(files.cniDirectory, 'pods.conflist'), cniConfig()],
    // The control group that contain.sh has made.
    [files.kubeletConfig, kubeletConfig(files, `/${basename(directory)}`)],
    [files.resolvConf, `nameserver ${NODE_ADDRESS}\n`],
    [files.proxyConfig, proxyConfig(files.kubeconfig)],
    [files.corefile, corefile(files.kubeconfig)],
  ]
  await Promise.all(contents.map(([path, text]) => writeFile(path, text)))
}

/**
 * Starts what a node runs beside containerd, and waits until pods can be scheduled, find Services, and resolve names.
 * @throws ClusterError E_PROGRAM, E_TIMEOUT
 */
export async function startNodePrograms(
  supervisor: Supervisor,
  assets: NodeAssets,
  files: NodeFiles,
  controlPlane: ControlPlane,
): Promise<void> {
  const start = (name: string, executable: string, options: Readonly<Record<string, string>>) =>
    supervisor.spawn(name, executable, flags(options), ENVIRONMENT)
  const [kubelet, kubeProxy, coredns] = await Promise.all([
    start('kubelet', assets.kubelet, {
      config: files.kubeletConfig,
      kubeconfig: files.kubeconfig,
      'root-dir': files.kubeletRoot,
      'hostname-override': NODE_NAME,
      'node-ip': NODE_ADDRESS,
    }),
    start('kube-proxy', assets.kubeProxy, { config: files.proxyConfig }),
    start('coredns', assets.coredns, { conf: files.corefile }),
    start('kube-scheduler', assets.kubeScheduler, { kubeconfig: files.kubeconfig, 'leader-elect': 'false' }),
  ])
  const api = controlPlane.kubeConfig().makeApiClient(CoreV1Api)
  await untilReady(kubelet, 'the node to be ready', async () => {
    const { status } = await api.readNode({ name: NODE_NAME })
    return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  })
  await untilReady(kubeProxy, 'kube-proxy', () => answersWell(controlPlane, 10256, '/healthz'))
  await untilReady(coredns, 'CoreDNS', () => answersWell(controlPlane, 8181, '/ready'))
}

async function answersWell(access: ApiServerAccess, port: number, path: string): Promise<boolean> {
  const answer = await getThroughApiServer(access, { kind: 'nodes', name: NODE_NAME, port }, path)
  return answer.status === 200
}
