import { type Lease, readLease } from '../../../operator/leader/lease.ts'

/** A Lease as the API server would return it. */
export function leaseOf({
  holder,
  seconds = 12,
  resourceVersion = '1',
}: {
  holder: string
  seconds?: number
  resourceVersion?: string
}): Lease {
  return readLease({
    metadata: { name: 'metricgate-operator', resourceVersion },
    spec: { holderIdentity: holder, leaseDurationSeconds: seconds, leaseTransitions: 0 },
  })
}
