import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import * as z from 'zod'
import { FIELD_MANAGER } from '../api/labels.ts'
import type { ApiClient } from '../controller/api-client.ts'
import { ApiError } from '../controller/api-error.ts'
import { type Certificates, issueCertificates, renewCertificates } from './certificates.ts'

/** Name of the Secret with the webhook's certificates, in the operator's namespace. */
export const CERTIFICATES_SECRET_NAME = 'metricgate-webhook-tls'

/** Where the certificates are kept, and what they are for. */
export interface CertificateStoreOptions {
  readonly client: ApiClient
  readonly namespace: string
  /** DNS names and IP addresses under which the API server calls. */
  readonly hosts: readonly string[]
  readonly owner?: V1OwnerReference | undefined
  /** The time, in ms since the epoch. */
  readonly now: () => number
  readonly log: Logger
}

const TRIES_MAX = 5
const HTTP_NOT_FOUND = 404
const HTTP_CONFLICT = 409

const base64 = z.base64().transform(text => Buffer.from(text, 'base64').toString())
const versionSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })
const secretSchema = z.object({
  data: z
    .object({ 'tls.crt': base64, 'tls.key': base64, 'ca.crt': base64, 'ca.key': base64 })
    .transform(data => ({
      authorities: data['ca.crt'],
      authorityKey: data['ca.key'],
      certificate: data['tls.crt'],
      key: data['tls.key'],
    })),
})

/**
 * The certificates of the webhook, from the Secret that all replicas share. Whoever comes first makes them, and so does
 * whoever finds them too old, not for these hosts, or damaged; who comes second takes what the other has made. Throws
 * ApiError.
 */
export async function ensureCertificates(options: CertificateStoreOptions): Promise<Certificates> {
  for (let tries = 1; ; tries++) {
    try {
      const stored = await readSecret(options)
      return stored === undefined ? await createSecret(options) : await renewSecret(stored, options)
    } catch (error) {
      const isRace = error instanceof ApiError && error.status === HTTP_CONFLICT
      if (!isRace || tries >= TRIES_MAX) throw error
    }
  }
}

interface StoredCertificates {
  readonly resourceVersion: string
  /** `undefined`: the Secret holds something else. */
  readonly certificates: Certificates | undefined
}

async function readSecret({
  client,
  namespace,
}: CertificateStoreOptions): Promise<StoredCertificates | undefined> {
  try {
    const body = await client.json({ path: `${secretsPath(namespace)}/${CERTIFICATES_SECRET_NAME}` })
    const { resourceVersion } = versionSchema.parse(body).metadata
    return { resourceVersion, certificates: secretSchema.safeParse(body).data?.data }
  } catch (error) {
    if (error instanceof ApiError && error.status === HTTP_NOT_FOUND) return undefined
    throw error
  }
}

async function createSecret(options: CertificateStoreOptions): Promise<Certificates> {
  const { client, namespace, hosts, now, log } = options
  const certificates = await issueCertificates(hosts, now())
  await client.json({
    method: 'POST',
    path: secretsPath(namespace),
    body: secretObject(certificates, options),
  })
  log.info({ namespace, secret: CERTIFICATES_SECRET_NAME }, 'created the certificates of the webhook')
  return certificates
}

async function renewSecret(
  stored: StoredCertificates,
  options: CertificateStoreOptions,
): Promise<Certificates> {
  const { client, namespace, hosts, now, log } = options
  const certificates =
    stored.certificates === undefined
      ? await issueCertificates(hosts, now())
      : await renewCertificates(stored.certificates, hosts, now())
  if (certificates === stored.certificates) return certificates
  await client.json({
    method: 'PUT',
    path: `${secretsPath(namespace)}/${CERTIFICATES_SECRET_NAME}`,
    // Only if it is still what was read: another replica may have been faster.
    body: secretObject(certificates, options, stored.resourceVersion),
  })
  log.info({ namespace, secret: CERTIFICATES_SECRET_NAME }, 'renewed the certificates of the webhook')
  return certificates
}

function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
}

function secretObject(
  certificates: Certificates,
  { namespace, owner }: CertificateStoreOptions,
  resourceVersion?: string,
): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name: CERTIFICATES_SECRET_NAME,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER, 'app.kubernetes.io/name': 'metricgate' },
      ...(owner && { ownerReferences: [owner] }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    stringData: {
      'tls.crt': certificates.certificate,
      'tls.key': certificates.key,
      'ca.crt': certificates.authorities,
      'ca.key': certificates.authorityKey,
    },
  }
}
