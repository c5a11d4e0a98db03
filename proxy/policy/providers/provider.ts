import type { PolicyReading } from '../policy.ts'
import type { ProviderStatus } from './health.ts'

/** Where policies come from. What it has it puts into the registry, from `start` on, whenever that changes. */
export interface PolicyProvider {
  readonly status: ProviderStatus
  start(): void
  close(): void
}

/** Takes the policies of a provider, in the place of those that it had. */
export type ReplacePolicies = (readings: readonly PolicyReading[]) => void
