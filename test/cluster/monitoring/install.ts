import {
  CustomObjectsApi,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1ClusterRoleBinding,
  type V1Deployment,
} from '@kubernetes/client-node'
import { customResourceDefinitions, publishedManifests } from '../assets/manifests.ts'
import { installCrds } from '../crds.ts'
import { eventually } from '../eventually.ts'
import type { Cluster } from '../node/cluster.ts'
import { IMAGES } from './images.ts'

/** Where prometheus-operator and Prometheus run. */
export const MONITORING_NAMESPACE = 'monitoring'

const KINDS = ['prometheuses', 'servicemonitors', 'podmonitors', 'probes', 'prometheusrules']
const MANIFESTS = [
  'rbac/prometheus-operator/prometheus-operator-service-account.yaml',
  'rbac/prometheus-operator/prometheus-operator-cluster-role.yaml',
  'rbac/prometheus-operator/prometheus-operator-cluster-role-binding.yaml',
  'rbac/prometheus-operator/prometheus-operator-deployment.yaml',
  'rbac/prometheus/prometheus-service-account.yaml',
  'rbac/prometheus/prometheus-cluster-role.yaml',
  'rbac/prometheus/prometheus-cluster-role-binding.yaml',
]

/**
 * Those that prometheus-operator gives, and the last: by itself the reloader notices the first change of a Secret volume, which ends the
 * file that it watches, and then looks every 3 min.
 */
const RELOADER_ARGUMENTS = [
  '--listen-address=:8080',
  '--reload-url=http://localhost:9090/-/reload',
  '--config-file=/etc/prometheus/config/prometheus.yaml.gz',
  '--config-envsubst-file=/etc/prometheus/config_out/prometheus.env.yaml',
  '--watched-dir=/etc/prometheus/rules/prometheus-prometheus-rulefiles-0',
  '--watch-interval=1s',
]

/** A Prometheus that takes up every ServiceMonitor and PodMonitor of every namespace. */
const PROMETHEUS = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'Prometheus',
  metadata: { name: 'prometheus', namespace: MONITORING_NAMESPACE },
  spec: {
    image: IMAGES.prometheus,
    version: IMAGES.prometheus.split(':')[1],
    serviceAccountName: 'prometheus',
    scrapeInterval: '5s',
    serviceMonitorSelector: {},
    serviceMonitorNamespaceSelector: {},
    podMonitorSelector: {},
    podMonitorNamespaceSelector: {},
    containers: [
      // The operator's own value is 15 s, and Prometheus has started long before.
      { name: 'prometheus', startupProbe: { periodSeconds: 1, failureThreshold: 60 } },
      { name: 'config-reloader', args: RELOADER_ARGUMENTS },
    ],
  },
}

/**
 * Installs prometheus-operator from its published manifests, and a Prometheus by it, and waits until that one is available. The
 * cluster has to have `monitoringImages`.
 * @throws ClusterError E_TIMEOUT when it does not come up
 */
export async function installMonitoring(cluster: Cluster, environment = process.env): Promise<void> {
  const config = cluster.kubeConfig()
  await installCrds(config, await customResourceDefinitions(KINDS, environment))
  const client = config.makeApiClient(KubernetesObjectApi)
  await client.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: MONITORING_NAMESPACE },
  })
  const manifests = await publishedManifests(MANIFESTS, environment)
  for (const manifest of manifests) await client.create(adapted(manifest))
  await client.create(PROMETHEUS)
  await untilAvailable(config.makeApiClient(CustomObjectsApi))
}

/** The manifest, in our namespace, and with our images. */
function adapted(manifest: KubernetesObject): KubernetesObject {
  const { metadata } = manifest
  switch (manifest.kind) {
    case 'ServiceAccount':
      return { ...manifest, metadata: { ...metadata, namespace: MONITORING_NAMESPACE } }
    case 'ClusterRoleBinding': {
      const { subjects = [] } = manifest as V1ClusterRoleBinding
      return {
        ...manifest,
        subjects: subjects.map(subject => ({ ...subject, namespace: MONITORING_NAMESPACE })),
      } as KubernetesObject
    }
    case 'Deployment':
      return adaptedDeployment(manifest as V1Deployment)
    default:
      return manifest
  }
}

function adaptedDeployment(deployment: V1Deployment): V1Deployment {
  const copy = structuredClone(deployment)
  copy.metadata = { ...copy.metadata, namespace: MONITORING_NAMESPACE }
  for (const container of copy.spec?.template.spec?.containers ?? []) {
    container.image = IMAGES.operator
    container.args = [
      `--prometheus-config-reloader=${IMAGES.configReloader}`,
      // Its own is a hundredth of a core, on which a reload takes seconds.
      '--config-reloader-cpu-limit=0',
    ]
    delete container.resources
  }
  return copy
}

async function untilAvailable(api: CustomObjectsApi): Promise<void> {
  const { name, namespace } = PROMETHEUS.metadata
  const path = { group: 'monitoring.coreos.com', version: 'v1', plural: 'prometheuses', namespace, name }
  await eventually(
    'Prometheus to be available',
    async () => {
      const { status }: { status?: { conditions?: { type: string; status: string }[] } } =
        await api.getNamespacedCustomObject(path)
      return status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True')
    },
    { timeoutMs: 300_000, intervalMs: 200 },
  )
}
