import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError, readAnswer } from '../kubernetes/api-error.ts'
import { type Lease, readLease } from './lease.ts'
import { LEASE_NAME } from './limits.ts'

/** Where the lease is kept. All of it throws ApiError, with `isConflict` when somebody else was faster. */
export interface LeaseStore {
  /** Undefined: there is none. */
  readonly read: (signal: AbortSignal) => Promise<Lease | undefined>
  readonly create: (lease: object, signal: AbortSignal) => Promise<Lease>
  /** Replaces it, if it is still of the version that it was made from. */
  readonly update: (lease: object, signal: AbortSignal) => Promise<Lease>
}

/** The Lease of the operator in its namespace. */
export function leaseStore(client: ApiClient, namespace: string): LeaseStore {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`
  const path = `${collection}/${LEASE_NAME}`
  return {
    read: async signal => {
      try {
        return readAnswer(`GET ${path}`, await client.json({ path, signal }), readLease)
      } catch (error) {
        if (error instanceof ApiError && error.isNotFound) return undefined
        throw error
      }
    },
    create: async (body, signal) =>
      readAnswer(
        `POST ${collection}`,
        await client.json({ method: 'POST', path: collection, body, signal }),
        readLease,
      ),
    update: async (body, signal) =>
      readAnswer(`PUT ${path}`, await client.json({ method: 'PUT', path, body, signal }), readLease),
  }
}
