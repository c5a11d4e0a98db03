import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../proxy/errors.ts'
import type { Stage } from './stage.ts'

const OPERATOR_NAMESPACE = 'metricgate-system'
const MONITORING_NAMESPACE = 'monitoring'
const WORKLOADS = 'pods,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs'
const NETWORK = 'services,endpointslices,networkpolicies,configmaps'
const OURS = 'metricgates,servicemonitors,podmonitors'
const CLUSTER = 'mutatingwebhookconfigurations,nodes,namespaces'

/**
 * Keeps what there is to see of a story at this moment: objects and events, the logs of its pods, of the operator and of
 * the monitoring, and Prometheus' targets. What cannot be had is told in its file.
 */
export async function gatherEvidence(stage: Stage): Promise<void> {
  const { namespace, setup } = stage
  const directory = join(setup.evidence, namespace)
  await mkdir(directory, { recursive: true })
  const objects = (kinds: string, where: string) => () =>
    stage.kubectl('get', kinds, '--output=yaml', '--show-managed-fields=false', ...where.split(' '))
  const files: Readonly<Record<string, () => Promise<string>>> = {
    'pods.txt': () => stage.kubectl('get', 'pods', '--all-namespaces', '--output=wide'),
    'events.txt': () => stage.kubectl('get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'),
    'workloads.yaml': objects(WORKLOADS, `--namespace=${namespace}`),
    'network.yaml': objects(NETWORK, `--namespace=${namespace}`),
    'gates.yaml': objects(OURS, `--namespace=${namespace}`),
    'operator.yaml': objects(WORKLOADS, `--namespace=${OPERATOR_NAMESPACE}`),
    'cluster.yaml': objects(CLUSTER, '--all-namespaces'),
    'prometheus-targets.json': async () => (await stage.prometheusPage('/api/v1/targets')).body,
  }
  for (const [file, read] of Object.entries(files)) await writeFile(join(directory, file), await textOf(read))
  await copyLogs(join(setup.directory, 'pods'), directory, [
    namespace,
    OPERATOR_NAMESPACE,
    MONITORING_NAMESPACE,
  ])
}

async function textOf(read: () => Promise<string>): Promise<string> {
  try {
    return await read()
  } catch (error) {
    return messageOf(error)
  }
}

/** kubelet keeps logs as `<namespace>_<pod>_<uid>/<container>/<restart>.log`. */
async function copyLogs(from: string, to: string, namespaces: readonly string[]): Promise<void> {
  for (const pod of await readdir(from)) {
    if (!namespaces.some(namespace => pod.startsWith(`${namespace}_`))) continue
    await cp(join(from, pod), join(to, 'logs', pod), { recursive: true })
  }
}
