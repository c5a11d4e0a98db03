import { writeFile } from 'node:fs/promises'
import { type Assets, resolveAssets } from '../assets/resolve.ts'
import { installCrds } from '../crds.ts'
import { freePort } from '../process/free-port.ts'
import { Supervisor } from '../process/supervision.ts'
import { requestToken, tokenConfig } from './access.ts'
import { ApiServer } from './api-server.ts'
import { etcdArguments } from './arguments.ts'
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts'
import { ControllerManager } from './controller-manager.ts'
import { createCredentials } from './credentials.ts'
import { controlPlaneFiles, writeCredentials } from './files.ts'

/**
 * Starts a control plane on loopback, on a free port, and waits until it is ready for pods: its namespace `default` has a
 * ServiceAccount.
 *
 * The first call on a machine builds the programs, which takes minutes; `node test/cluster/build.ts` does that ahead of time.
 * Everything ends when this process does, even by SIGKILL.
 * @throws ClusterError, whose code says which part could not be had
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const report = options.report ?? (line => void process.stderr.write(`${line}\n`))
  const assets = await resolveAssets({ environment: options.environment ?? process.env, report })
  const supervisor = await Supervisor.start()
  try {
    return await bringUp(supervisor, assets, options)
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

async function bringUp(
  supervisor: Supervisor,
  assets: Assets,
  { crds = [], proposePort = freePort }: ControlPlaneOptions,
): Promise<ControlPlane> {
  const files = controlPlaneFiles(supervisor.directory)
  const credentials = await createCredentials()
  await writeCredentials(files, credentials)

  const etcd = await supervisor.spawn('etcd', assets.etcd, etcdArguments(files))
  const setup = { executable: assets.kubeApiServer, supervisor, files, credentials }
  const apiServer = await ApiServer.launch(setup, proposePort)
  const configFor = (user: string, token: string) =>
    tokenConfig(apiServer.url, credentials.caCertificate, user, token)
  const admin = () => configFor('admin', credentials.adminToken)
  await writeFile(files.kubeconfig, admin().exportConfig(), { mode: 0o600 })

  await installCrds(admin(), crds)
  const controllerManager = await ControllerManager.launch(
    assets.kubeControllerManager,
    supervisor,
    files,
    admin(),
  )

  const serviceAccountToken = (namespace: string, name: string) => requestToken(admin(), namespace, name)
  const stop = () => supervisor.stop()
  return {
    kubeconfig: files.kubeconfig,
    url: apiServer.url,
    caCertificate: credentials.caCertificate,
    kubectl: assets.kubectl,
    directory: supervisor.directory,
    processIds: () =>
      [supervisor.pid, etcd.pid, apiServer.pid, controllerManager.pid].filter(pid => pid !== undefined),
    kubeConfig: admin,
    serviceAccountToken,
    serviceAccountConfig: async (namespace, name) =>
      configFor(`system:serviceaccount:${namespace}:${name}`, await serviceAccountToken(namespace, name)),
    killApiServer: () => apiServer.kill(),
    startApiServer: async () => {
      await apiServer.start()
      await controllerManager.restart()
    },
    pauseEtcd: () => etcd.signal('SIGSTOP'),
    resumeEtcd: () => etcd.signal('SIGCONT'),
    restartControllerManager: () => controllerManager.restart(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
