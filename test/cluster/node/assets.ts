import { join } from 'node:path'
import { type BuildContext, ensureBinaries } from '../assets/binaries.ts'
import { type Assets, resolveAssets } from '../assets/resolve.ts'
import { ADDONS, NODE, PODS } from '../assets/sets.ts'
import { executableImage } from '../images/executables.ts'
import { PAUSE_IMAGE, PROBE_IMAGE } from './configuration.ts'

/** The paths of what is built for a cluster with a node. */
export interface NodeAssets {
  readonly controlPlane: Assets
  readonly kubelet: string
  readonly kubeProxy: string
  readonly kubeScheduler: string
  readonly coredns: string
  /** The images of what is in every pod, and of the tests' own program: archives. */
  readonly images: readonly string[]
}

/** Finds or builds the programs of a cluster with a node; throws like `resolveAssets`. */
export async function resolveNodeAssets(context: BuildContext): Promise<NodeAssets> {
  const controlPlane = await resolveAssets(context)
  const node = await ensureBinaries(context, NODE)
  const addons = await ensureBinaries(context, ADDONS)
  const pods = await ensureBinaries(context, PODS)
  return {
    controlPlane,
    kubelet: join(node, 'kubelet'),
    kubeProxy: join(node, 'kube-proxy'),
    kubeScheduler: join(node, 'kube-scheduler'),
    coredns: join(addons, 'coredns'),
    images: await Promise.all([
      executableImage(join(pods, 'pause'), PAUSE_IMAGE),
      executableImage(join(pods, 'probe'), PROBE_IMAGE),
    ]),
  }
}
