import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type KubernetesObject,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node'
import { eventually } from './eventually.ts'
import { unlessNotFound } from './unless-not-found.ts'

const FIELD_MANAGER = 'metricgate-test'

/**
 * Installs CustomResourceDefinitions by server-side apply and waits until the API server serves what they define.
 *
 * kube-controller-manager looks for new kinds every 30 s, and only then collects what their deleted objects owned: see
 * `ControlPlaneOptions.crds` and `ControlPlane.restartControllerManager` for tests that cannot wait.
 * @throws ApiException when the API server refuses one, ClusterError E_TIMEOUT when one is not established
 */
export async function installCrds(kubeConfig: KubeConfig, crds: readonly KubernetesObject[]): Promise<void> {
  // Untyped on purpose: the typed client would drop the x-kubernetes-* fields of the schemas.
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  const serverSideApply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)
  await Promise.all(
    crds.map(async body => {
      const name = nameOf(body)
      const path = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', name }
      await api.patchClusterCustomObject(
        { ...path, body, fieldManager: FIELD_MANAGER, force: true },
        serverSideApply,
      )
      await eventually(`CustomResourceDefinition ${name} to be served`, () => isServed(kubeConfig, name))
    }),
  )
}

/** Removes CustomResourceDefinitions, and with them all objects of their kinds, and waits until they are gone. */
export async function removeCrds(kubeConfig: KubeConfig, crds: readonly KubernetesObject[]): Promise<void> {
  const api = kubeConfig.makeApiClient(ApiextensionsV1Api)
  await Promise.all(
    crds.map(async crd => {
      const name = nameOf(crd)
      await unlessNotFound(api.deleteCustomResourceDefinition({ name }))
      await eventually(
        `CustomResourceDefinition ${name} to be gone`,
        async () => (await unlessNotFound(api.readCustomResourceDefinition({ name }))) === undefined,
      )
    }),
  )
}

/** Established is set a moment before requests are answered, so the kind is also listed once. */
async function isServed(kubeConfig: KubeConfig, name: string): Promise<boolean> {
  const crd = await kubeConfig.makeApiClient(ApiextensionsV1Api).readCustomResourceDefinition({ name })
  const established = crd.status?.conditions?.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  )
  const version = crd.spec.versions.find(({ served }) => served)?.name
  if (!established || version === undefined) return false
  const kind = { group: crd.spec.group, version, plural: crd.spec.names.plural }
  const list = kubeConfig.makeApiClient(CustomObjectsApi).listClusterCustomObject({ ...kind, limit: 1 })
  return (await unlessNotFound(list)) !== undefined
}

function nameOf(crd: KubernetesObject): string {
  const name = crd.metadata?.name
  if (name === undefined)
    throw new Error(`a CustomResourceDefinition without metadata.name: ${JSON.stringify(crd)}`)
  return name
}
