import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node'
import { monitorManifests } from './assets/manifests.ts'
import { installCrds, removeCrds } from './crds.ts'

/** The CustomResourceDefinitions of ServiceMonitor and PodMonitor, for `ControlPlaneOptions.crds`. */
export function monitorCrds(): Promise<KubernetesObject[]> {
  return monitorManifests(process.env)
}

/** Installs ServiceMonitor and PodMonitor as prometheus-operator publishes them, and waits until they are served. */
export async function installMonitorCrds(kubeConfig: KubeConfig): Promise<void> {
  await installCrds(kubeConfig, await monitorCrds())
}

/** Removes ServiceMonitor and PodMonitor, and waits until they are gone. */
export async function removeMonitorCrds(kubeConfig: KubeConfig): Promise<void> {
  await removeCrds(kubeConfig, await monitorCrds())
}
