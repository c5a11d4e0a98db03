import type { KubernetesObject } from '@kubernetes/client-node'
import * as z from 'zod'
import { FIELD_MANAGER } from '../api/labels.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'
import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import { type Kind, METRIC_GATE, objectPath } from './kinds.ts'
import type { OwnedObject, WatchedGate } from './watched.ts'

/** JSON is YAML, and older API servers know server-side apply by this name only. */
const APPLY_CONTENT_TYPE = 'application/apply-patch+yaml'
/** Fields that somebody else has taken come back to us: the gate is where they are edited. */
const APPLY_QUERY = { fieldManager: FIELD_MANAGER, force: true }

const answerSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/**
 * Makes the object in the cluster have the fields of `object`, by server-side apply, and resolves with the resource version
 * that came of it. Throws ApiError.
 */
export async function applyObject(client: ApiClient, kind: Kind, object: KubernetesObject): Promise<string> {
  const { namespace = '', name = '' } = object.metadata ?? {}
  const path = objectPath(kind, namespace, name)
  return resourceVersionOf(await patch(client, path, object), path)
}

/** Deletes the object, if it is still the same one. Throws ApiError. */
export async function deleteObject(client: ApiClient, kind: Kind, { metadata }: OwnedObject): Promise<void> {
  const path = objectPath(kind, metadata.namespace, metadata.name)
  const body = { preconditions: { uid: metadata.uid }, propagationPolicy: 'Background' }
  try {
    await client.json({ method: 'DELETE', path, body })
  } catch (error) {
    // Gone, or another object by now (409: its uid differs): there is nothing of ours to delete.
    if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error
  }
}

/** Writes the status of the gate, and resolves with its new resource version. Throws ApiError. */
export async function applyStatus(
  client: ApiClient,
  { metadata: { namespace, name, uid } }: WatchedGate,
  status: MetricGateStatus,
): Promise<string> {
  const path = `${objectPath(METRIC_GATE, namespace, name)}/status`
  const { apiVersion, kind } = METRIC_GATE
  // The uid keeps the status of a deleted gate away from a new one of the same name.
  return resourceVersionOf(
    await patch(client, path, { apiVersion, kind, metadata: { name, namespace, uid }, status }),
    path,
  )
}

function patch(client: ApiClient, path: string, body: object): Promise<unknown> {
  return client.json({ method: 'PATCH', path, query: APPLY_QUERY, contentType: APPLY_CONTENT_TYPE, body })
}

function resourceVersionOf(answer: unknown, path: string): string {
  const parsed = answerSchema.safeParse(answer)
  if (parsed.success) return parsed.data.metadata.resourceVersion
  throw new ApiError('E_API_RESPONSE', `PATCH ${path}: the answer has no metadata.resourceVersion`)
}
