import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CoreV1Api,
  type KubeConfig,
  type V1Container,
  type V1Pod,
  type V1Volume,
} from '@kubernetes/client-node'
import { requestToken } from '../../test/cluster/control-plane/access.ts'
import { unlessNotFound } from '../../test/cluster/index.ts'
import type { SupervisedProcess, Supervisor } from '../../test/cluster/process/supervision.ts'
import { writeProjectedFiles } from './projected-files.ts'

const RESYNC_MS = 1000

/** A sidecar that runs on this machine as a process. */
export interface RunningSidecar {
  /** Where it listens. */
  readonly url: string
  readonly process: SupervisedProcess
  /** The command line as it was run. */
  readonly command: readonly string[]
}

/**
 * Does for one container what a kubelet does, so far as a process needs it: writes its volumes to disk and keeps them up to
 * date, gives it its environment, and runs its arguments. Paths in its file system become paths below the supervisor's
 * directory, in the arguments and in the files of its volumes.
 *
 * @param entrypoint what the container's image runs before the container's arguments
 */
export async function runSidecar(
  { pod, container }: { pod: V1Pod; container: V1Container },
  { kubeConfig, supervisor, entrypoint, signal }: SidecarHost,
): Promise<RunningSidecar> {
  const port = container.ports?.[0]?.containerPort
  if (port === undefined) throw new Error(`container ${container.name} has no port`)
  const mounts = mountsOf(pod, container, path.join(supervisor.directory, container.name))
  const relocate = (text: string): string =>
    mounts.reduce((relocated, mount) => relocated.replaceAll(mount.containerPath, mount.hostPath), text)

  const volumes = new VolumeWriter(kubeConfig, pod, relocate)
  for (const mount of mounts) await volumes.write(mount)
  void keepUpToDate(volumes, mounts, signal)

  const [program = '', ...programArguments] = entrypoint
  const command = [program, ...programArguments, ...(container.args ?? []).map(relocate)]
  const environment = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']))
  const process = await supervisor.spawn(container.name, program, command.slice(1), environment)
  return { url: `http://127.0.0.1:${port}`, process, command }
}

/** What stands in for the node. */
export interface SidecarHost {
  readonly kubeConfig: KubeConfig
  readonly supervisor: Supervisor
  readonly entrypoint: readonly string[]
  /** Ends the upkeep of the volumes. */
  readonly signal: AbortSignal
}

interface Mount {
  readonly containerPath: string
  readonly hostPath: string
  readonly volume: V1Volume
}

function mountsOf(pod: V1Pod, container: V1Container, root: string): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath }) => {
    const volume = pod.spec?.volumes?.find(candidate => candidate.name === name)
    if (volume === undefined)
      throw new Error(`container ${container.name} mounts ${name}, which the pod does not have`)
    return { containerPath: mountPath, hostPath: path.join(root, mountPath), volume }
  })
}

async function keepUpToDate(
  volumes: VolumeWriter,
  mounts: readonly Mount[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await delay(RESYNC_MS, undefined, { signal }).catch(() => undefined)
    for (const mount of signal.aborted ? [] : mounts.filter(({ volume }) => volume.configMap)) {
      // The next round tries again, as a kubelet does.
      await volumes.write(mount).catch(() => undefined)
    }
  }
}

/** Writes the volumes that a sidecar can have: a ConfigMap, and the token of its ServiceAccount. */
class VolumeWriter {
  readonly #kubeConfig: KubeConfig
  readonly #core: CoreV1Api
  readonly #namespace: string
  readonly #serviceAccount: string
  readonly #relocate: (text: string) => string
  readonly #versions = new Map<string, string>()

  constructor(kubeConfig: KubeConfig, pod: V1Pod, relocate: (text: string) => string) {
    this.#kubeConfig = kubeConfig
    this.#core = kubeConfig.makeApiClient(CoreV1Api)
    this.#namespace = pod.metadata?.namespace ?? 'default'
    this.#serviceAccount = pod.spec?.serviceAccountName ?? 'default'
    this.#relocate = relocate
  }

  async write({ volume, hostPath }: Mount): Promise<void> {
    const content = volume.configMap
      ? await this.#configMap(volume.configMap.name ?? '')
      : await this.#projected(volume)
    if (this.#versions.get(hostPath) === content.version) return
    await writeProjectedFiles(hostPath, content.files, content.version)
    this.#versions.set(hostPath, content.version)
  }

  /** An optional ConfigMap that is not there is an empty directory. */
  async #configMap(name: string): Promise<VolumeContent> {
    const namespace = this.#namespace
    const found = await unlessNotFound(this.#core.readNamespacedConfigMap({ name, namespace }))
    if (found === undefined) return { version: 'absent', files: {} }
    const files = Object.entries(found.data ?? {}).map(([key, text]) => [key, this.#relocate(text)])
    return { version: `version_${found.metadata?.resourceVersion}`, files: Object.fromEntries(files) }
  }

  async #projected(volume: V1Volume): Promise<VolumeContent> {
    const source = volume.projected?.sources?.find(
      ({ serviceAccountToken }) => serviceAccountToken,
    )?.serviceAccountToken
    if (source === undefined)
      throw new Error(`volume ${volume.name} is neither a ConfigMap nor a ServiceAccount's token`)
    const token = await requestToken(this.#kubeConfig, this.#namespace, this.#serviceAccount)
    return { version: 'token', files: { [source.path]: token } }
  }
}

interface VolumeContent {
  readonly version: string
  readonly files: Readonly<Record<string, string>>
}
