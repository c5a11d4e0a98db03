import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { cacheDirectory } from '../assets/cache.ts'
import { bringUpControlPlane } from '../control-plane/bring-up.ts'
import { Supervisor } from '../process/supervision.ts'
import { type NodeAssets, resolveNodeAssets } from './assets.ts'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { NODE_ADDRESS, NODE_NAME, nodeFiles } from './configuration.ts'
import { Containerd } from './containerd.ts'
import { provideStore } from './image-store.ts'
import { prepareMachine } from './machine.ts'
import { startNodePrograms, writeNodeConfiguration } from './programs.ts'

/**
 * Starts a cluster of one node in network, process and mount namespaces of its own, and waits until pods can run.
 *
 * The first call on a machine installs Debian packages and builds the programs, which takes minutes. Everything ends when this process
 * does, even by SIGKILL.
 * @throws ClusterError, whose code says which part could not be had; E_MACHINE where `nodeUnavailable` gives a reason
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { environment = process.env } = options
  const report = options.report ?? (line => void process.stderr.write(`${line}\n`))
  const context = { environment, report }
  await prepareMachine(context)
  const assets = await resolveNodeAssets(context)
  const cache = cacheDirectory(environment)
  const supervisor = await superviseContained(join(cache, 'clusters'))
  try {
    return await bringUp(supervisor, assets, join(cache, 'containerd'), options)
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

/** Starts a supervisor whose processes are in namespaces of their own, with a directory below the given one. */
function superviseContained(directories: string): Promise<Supervisor> {
  const directory = join(directories, `metricgate-${randomBytes(4).toString('hex')}`)
  const contain = join(import.meta.dirname, 'contain.sh')
  return Supervisor.start(['unshare', '--net', 'sh', contain, directory, NODE_ADDRESS])
}

async function bringUp(
  supervisor: Supervisor,
  assets: NodeAssets,
  imageCache: string,
  { crds = [], images = [] }: ClusterOptions,
): Promise<Cluster> {
  const files = nodeFiles(supervisor.directory)
  await writeNodeConfiguration(supervisor.directory, files)
  const [containerd, controlPlane] = await Promise.all([
    startContainerd(),
    bringUpControlPlane(supervisor, assets.controlPlane, {
      crds,
      nodeAddress: NODE_ADDRESS,
      proposePort: () => supervisor.relay(),
    }),
  ])
  await startNodePrograms(supervisor, assets, files, controlPlane)

  const { processIds: _, ...shared } = controlPlane
  return {
    ...shared,
    nodeName: NODE_NAME,
    inside: ['nsenter', `--net=/proc/${supervisor.pid}/ns/net`],
    importImages: async archives => {
      for (const archive of archives) await containerd.import(archive)
    },
  }

  async function startContainerd(): Promise<Containerd> {
    await provideStore(imageCache, [...assets.images, ...images], supervisor, files)
    return Containerd.launch(supervisor, files, files.store)
  }
}
