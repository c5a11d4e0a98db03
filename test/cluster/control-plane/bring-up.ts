import { writeFile } from 'node:fs/promises'
import type { Assets } from '../assets/resolve.ts'
import { installCrds } from '../crds.ts'
import type { Supervisor } from '../process/supervision.ts'
import { requestToken, tokenConfig } from './access.ts'
import { ApiServer } from './api-server.ts'
import { API_SERVICE_ADDRESS, etcdArguments } from './arguments.ts'
import { auditPolicy, readAuditLog } from './audit.ts'
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts'
import { ControllerManager } from './controller-manager.ts'
import { createCredentials } from './credentials.ts'
import { controlPlaneFiles, writeCredentials } from './files.ts'

/** What the surroundings of a control plane decide. */
export interface Surroundings
  extends Required<Pick<ControlPlaneOptions, 'crds' | 'proposePort'>>,
    Pick<ControlPlaneOptions, 'auditedGroups' | 'admissionPlugins' | 'apiServerEnvironment'> {
  /** The address of the node, when there is one: the API server is then reached from pods too. */
  readonly nodeAddress?: string
}

/** Starts the programs of a control plane under a supervisor, in order, and waits until it is ready for pods. */
export async function bringUpControlPlane(
  supervisor: Supervisor,
  assets: Assets,
  {
    crds,
    proposePort,
    nodeAddress,
    auditedGroups = [],
    admissionPlugins = [],
    apiServerEnvironment: environment = {},
  }: Surroundings,
): Promise<ControlPlane> {
  const files = controlPlaneFiles(supervisor.directory)
  const credentials = await createCredentials(
    nodeAddress === undefined ? [] : [nodeAddress, API_SERVICE_ADDRESS],
  )
  await writeCredentials(files, credentials)
  const audited = auditedGroups.length > 0
  if (audited) await writeFile(files.auditPolicy, auditPolicy(auditedGroups))

  const etcd = await supervisor.spawn('etcd', assets.etcd, etcdArguments(files))
  const choices = { nodeAddress, audited, admissionPlugins }
  const setup = { executable: assets.kubeApiServer, supervisor, files, credentials, choices, environment }
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
    auditLog: () => readAuditLog(files.auditLog),
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
