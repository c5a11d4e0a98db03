import { join } from 'node:path'
import type { BuildContext } from '../../cluster/assets/binaries.ts'
import { type Cluster, installMonitoring, monitoringImages, startCluster } from '../../cluster/index.ts'
import { buildImages } from '../../images/build.ts'
import type { Setup } from '../setup.ts'
import { copySources, versionOf } from './sources.ts'

/**
 * Builds the images of this version and of a later one, starts a cluster that has them, and installs Prometheus in it.
 * @param directory where files of the run go
 * @throws ImageError, ClusterError whose messages say what could not be had
 */
export async function startStage(
  directory: string,
  context: BuildContext,
): Promise<{ readonly cluster: Cluster; readonly setup: Omit<Setup, 'evidence'> }> {
  const sources = join(directory, 'sources')
  await copySources(sources)
  const version = await versionOf(sources)
  const nextVersion = `${version}-next`
  context.report('images of the proxy and the operator')
  const current = await buildImages(context, { sources })
  const next = await buildImages(context, { sources, tag: nextVersion })
  context.report('a cluster, with prometheus-operator and Prometheus')
  const ours = [current.base, ...[current, next].flatMap(({ proxy, operator }) => [proxy, operator])]
  const images = [...(await monitoringImages(context)), ...ours.map(archiveOf)]
  const cluster = await startCluster({ ...context, images })
  try {
    await installMonitoring(cluster)
  } catch (error) {
    await cluster.stop()
    throw error
  }
  const { kubeconfig, kubectl } = cluster
  if (kubectl === undefined) throw new Error('BUG: a cluster with a node has kubectl')
  const setup = {
    kubeconfig,
    kubectl,
    directory: cluster.directory,
    manifests: join(sources, 'charts/manifests'),
    crd: join(sources, 'crds/metricgates.metricgate.io.yaml'),
    chart: join(sources, 'charts/metricgate'),
    version,
    nextVersion,
  }
  return { cluster, setup }
}

function archiveOf(image: string | { readonly archive: string }): string {
  return typeof image === 'string' ? image : image.archive
}
