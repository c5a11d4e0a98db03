import * as z from 'zod'
import { RESTARTED_ANNOTATION, ROLLOUT_FIELD_MANAGER } from '../api/labels.ts'
import { type Owner, readOwner } from '../controller/watched.ts'
import { type ApiClient, OBJECT_METADATA } from '../kubernetes/api-client.ts'
import { ApiError, readAnswer } from '../kubernetes/api-error.ts'
import { objectPath } from '../kubernetes/kinds.ts'
import { REPLICA_SET, type Restartable, readRestartable, type WorkloadRef } from './workload.ts'

/**
 * What manages a ReplicaSet: a Deployment, most often. Only its metadata is read. Undefined: nothing does, or it is gone. Throws
 * ApiError.
 */
export async function replicaSetOwner(
  client: ApiClient,
  { name }: Owner,
  namespace: string,
): Promise<Owner | undefined> {
  const path = objectPath(REPLICA_SET, namespace, name)
  return unlessGone(path, () => client.json({ path, accept: OBJECT_METADATA }), readOwner)
}

const namespaceSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
})

/** The labels of a namespace; undefined when it is gone. Only its metadata is read. Throws ApiError. */
export async function namespaceLabels(
  client: ApiClient,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(name)}`
  const get = (): Promise<unknown> => client.json({ path, accept: OBJECT_METADATA })
  return unlessGone(path, get, object => namespaceSchema.parse(object).metadata.labels)
}

/** The workload as it is now; undefined when it is gone, or is another one of that name. Throws ApiError. */
export async function restartable(client: ApiClient, ref: WorkloadRef): Promise<Restartable | undefined> {
  const path = objectPath(ref.kind, ref.namespace, ref.name)
  const found = await unlessGone(path, () => client.json({ path }), readRestartable)
  return found?.uid === ref.uid ? found : undefined
}

/**
 * Has all pods of the workload made anew, as `kubectl rollout restart` does: by an annotation of the pod template. Fails when it
 * has changed since it was read. Throws ApiError.
 */
export async function restart(
  client: ApiClient,
  { kind, namespace, name, uid }: WorkloadRef,
  { resourceVersion }: Restartable,
  target: string,
): Promise<void> {
  await client.json({
    method: 'PATCH',
    path: objectPath(kind, namespace, name),
    query: { fieldManager: ROLLOUT_FIELD_MANAGER, force: true },
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, namespace, uid, resourceVersion },
      spec: { template: { metadata: { annotations: { [RESTARTED_ANNOTATION]: target } } } },
    },
  })
}

async function unlessGone<T>(
  path: string,
  get: () => Promise<unknown>,
  read: (object: unknown) => T,
): Promise<T | undefined> {
  try {
    return readAnswer(`GET ${path}`, await get(), read)
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return undefined
    throw error
  }
}
