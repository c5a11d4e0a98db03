import { access, constants } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ClusterError } from '../errors.ts'
import { type BuildContext, ensureBinaries, PROGRAMS } from './binaries.ts'

/** The paths of the control plane's programs; kubectl is for people, nothing here runs it. */
export interface Assets {
  readonly etcd: string
  readonly kubeApiServer: string
  readonly kubeControllerManager: string
  readonly kubectl: string | undefined
}

/**
 * Finds the control plane's programs: in the directory that KUBEBUILDER_ASSETS names, else built from source.
 *
 * The archives that `setup-envtest` downloads for that directory have no kube-controller-manager. Without one nothing collects what
 * a deleted object owned and no ServiceAccounts appear, so the missing one is built.
 * @throws ClusterError E_ASSETS when the directory lacks etcd or kube-apiserver; what `ensureBinaries` throws
 */
export async function resolveAssets(context: BuildContext): Promise<Assets> {
  const given = context.environment.KUBEBUILDER_ASSETS
  if (!given) return assetsIn(await ensureBinaries(context), PROGRAMS)

  const directory = resolve(given)
  const present = await executablesIn(directory)
  const missing = ['etcd', 'kube-apiserver'].filter(program => !present.includes(program))
  if (missing.length > 0) {
    throw new ClusterError(
      'E_ASSETS',
      `KUBEBUILDER_ASSETS names ${directory}, which has no executable ${missing.join(' and no ')}; fill it with setup-envtest, or unset the variable to have the programs built`,
    )
  }
  if (present.includes('kube-controller-manager')) return assetsIn(directory, present)
  context.report(`${directory} has no kube-controller-manager: it is built from source`)
  const built = assetsIn(await ensureBinaries(context), PROGRAMS)
  return { ...built, ...assetsIn(directory, present), kubeControllerManager: built.kubeControllerManager }
}

function assetsIn(directory: string, present: readonly string[]): Assets {
  return {
    etcd: join(directory, 'etcd'),
    kubeApiServer: join(directory, 'kube-apiserver'),
    kubeControllerManager: join(directory, 'kube-controller-manager'),
    kubectl: present.includes('kubectl') ? join(directory, 'kubectl') : undefined,
  }
}

async function executablesIn(directory: string): Promise<string[]> {
  const checks = PROGRAMS.map(async program => {
    try {
      await access(join(directory, program), constants.X_OK)
      return program
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined
      throw error
    }
  })
  return (await Promise.all(checks)).filter(program => program !== undefined)
}
