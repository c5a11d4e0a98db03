import type { KubernetesObject } from '@kubernetes/client-node'
import { FIELD_MANAGER } from '../api/labels.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError, readAnswer } from '../kubernetes/api-error.ts'
import { type Kind, METRIC_GATE, objectPath } from '../kubernetes/kinds.ts'
import { DEPLOYMENT } from '../resources/render.ts'
import { type OwnedObject, readVersion, type WatchedGate } from './watched.ts'
import { readWorkload, type Workload } from './workload.ts'

/** JSON is YAML, and older API servers know server-side apply by this name only. */
const APPLY_CONTENT_TYPE = 'application/apply-patch+yaml'
/** Fields that somebody else has taken come back to us: the gate is where they are edited. */
const APPLY_QUERY = { fieldManager: FIELD_MANAGER, force: true }

/** What came of applying an object. */
export interface Applied {
  readonly resourceVersion: string
  /** `versionOf` the object. */
  readonly version: string
  /** Of a Deployment. */
  readonly workload?: Workload
}

/** Makes the object in the cluster have the fields of `object`, by server-side apply. Throws ApiError. */
export async function applyObject(client: ApiClient, kind: Kind, object: KubernetesObject): Promise<Applied> {
  const { namespace = '', name = '' } = object.metadata ?? {}
  const path = objectPath(kind, namespace, name)
  const answer = await patch(client, path, object)
  return readAnswer(`PATCH ${path}`, answer, applied => ({
    ...readVersion(applied),
    ...(kind === DEPLOYMENT && { workload: readWorkload(applied) }),
  }))
}

/** Deletes the object, if it is still the same one. Throws ApiError. */
export async function deleteObject(client: ApiClient, kind: Kind, { metadata }: OwnedObject): Promise<void> {
  const path = objectPath(kind, metadata.namespace, metadata.name)
  const body = { preconditions: { uid: metadata.uid }, propagationPolicy: 'Background' }
  try {
    await client.json({ method: 'DELETE', path, body })
  } catch (error) {
    // Gone, or another object by now (a conflict: its uid differs): there is nothing of ours to delete.
    if (!(error instanceof ApiError && (error.isNotFound || error.isConflict))) throw error
  }
}

/**
 * Writes the status of the gate, if that is still of this version, and resolves with its new one. Throws ApiError, with
 * `isConflict` when somebody has changed the gate.
 */
export async function applyStatus(
  client: ApiClient,
  { metadata: { namespace, name, uid } }: WatchedGate,
  resourceVersion: string,
  status: MetricGateStatus,
): Promise<string> {
  const path = `${objectPath(METRIC_GATE, namespace, name)}/status`
  const { apiVersion, kind } = METRIC_GATE
  // The uid keeps the status of a deleted gate away from a new one of the same name.
  const metadata = { name, namespace, uid, resourceVersion }
  const answer = await patch(client, path, { apiVersion, kind, metadata, status })
  return readAnswer(`PATCH ${path}`, answer, readVersion).resourceVersion
}

function patch(client: ApiClient, path: string, body: object): Promise<unknown> {
  return client.json({ method: 'PATCH', path, query: APPLY_QUERY, contentType: APPLY_CONTENT_TYPE, body })
}
