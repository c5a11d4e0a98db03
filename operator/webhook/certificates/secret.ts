import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import * as z from 'zod'
import { FIELD_MANAGER } from '../../api/labels.ts'
import type { ApiClient } from '../../kubernetes/api-client.ts'
import type { Stored } from '../../kubernetes/store.ts'

/** Which Secret is meant. */
export interface SecretRef {
  readonly namespace: string
  readonly name: string
}

/** The Secret as it is stored, whatever is in it. */
export interface StoredSecret extends Stored {
  readonly type: string
  /** By key; decoded. */
  readonly data: Readonly<Record<string, string>>
}

/** What the operator writes into it; all PEM. */
export interface SecretContent {
  readonly 'tls.crt': string
  readonly 'tls.key': string
  readonly 'ca.crt': string
  readonly 'ca.key': string
}

const TLS_TYPE = 'kubernetes.io/tls'

const secretSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), resourceVersion: z.string() }),
  type: z.string().default(TLS_TYPE),
  data: z
    .record(
      z.string(),
      z.string().transform(text => Buffer.from(text, 'base64').toString()),
    )
    .default({}),
})

/** Throws ZodError. */
export function readSecret(object: unknown): StoredSecret {
  return secretSchema.parse(object)
}

/** Path of the Secrets of the namespace. */
export function secretsPath({ namespace }: SecretRef): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
}

/**
 * Creates the Secret, or replaces `before` if it is still what is stored. Throws ApiError, with `isConflict` when somebody else was faster.
 */
export async function writeSecret(
  client: ApiClient,
  ref: SecretRef,
  content: SecretContent,
  { before, owner }: { before: StoredSecret | undefined; owner: V1OwnerReference | undefined },
): Promise<void> {
  const body: V1Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    // It cannot be changed.
    type: before?.type ?? TLS_TYPE,
    metadata: {
      ...ref,
      labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER, 'app.kubernetes.io/name': 'metricgate' },
      ...(owner && { ownerReferences: [owner] }),
      ...(before && { resourceVersion: before.metadata.resourceVersion }),
    },
    stringData: { ...content },
  }
  await client.json(
    before === undefined
      ? { method: 'POST', path: secretsPath(ref), body }
      : { method: 'PUT', path: `${secretsPath(ref)}/${encodeURIComponent(ref.name)}`, body },
  )
}
