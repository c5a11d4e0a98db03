import type { ApiClient } from '../controller/api-client.ts'
import { ApiError } from '../controller/api-error.ts'
import { type Lease, readLease } from './lease.ts'
import { LEASE_NAME } from './limits.ts'

/** Where the lease is kept. All of it throws ApiError; its status is 409 when somebody else was faster. */
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
        return parse(path, await client.json({ path, signal }))
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined
        throw error
      }
    },
    create: async (body, signal) =>
      parse(collection, await client.json({ method: 'POST', path: collection, body, signal })),
    update: async (body, signal) => parse(path, await client.json({ method: 'PUT', path, body, signal })),
  }
}

function parse(path: string, answer: unknown): Lease {
  try {
    return readLease(answer)
  } catch (cause) {
    throw new ApiError('E_API_RESPONSE', `${path}: the answer is no Lease`, { cause })
  }
}
