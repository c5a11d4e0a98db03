import { join } from 'node:path'
import { type BuildContext, ensureBinaries } from '../assets/binaries.ts'
import { ADDONS, PROMETHEUS_OPERATOR } from '../assets/sets.ts'
import { executableImage } from '../images/executables.ts'

/** What the images are called in the cluster. */
export const IMAGES = {
  prometheus: 'metricgate.test/prometheus:3.16.0',
  operator: 'metricgate.test/prometheus-operator:0.85.0',
  configReloader: 'metricgate.test/prometheus-config-reloader:0.85.0',
}

/**
 * Builds Prometheus and prometheus-operator, unless that has been done, and packs them as images.
 * @returns image archives, for `ClusterOptions.images`
 * @throws ClusterError like `ensureBinaries`
 */
export async function monitoringImages(context: BuildContext): Promise<string[]> {
  const addons = await ensureBinaries(context, ADDONS)
  const operator = await ensureBinaries(context, PROMETHEUS_OPERATOR)
  return Promise.all([
    executableImage(join(addons, 'prometheus'), IMAGES.prometheus),
    executableImage(join(operator, 'operator'), IMAGES.operator),
    executableImage(join(operator, 'prometheus-config-reloader'), IMAGES.configReloader),
  ])
}
