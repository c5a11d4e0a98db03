import type { PolicyState } from './merge.ts'
import { identityOf } from './policy.ts'
import type { ProviderStatus } from './providers/health.ts'
import type { RegisteredPolicy } from './registry.ts'
import { policyWarnings } from './warnings.ts'

/** One policy in the report. */
export interface ReportedPolicy {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly state: PolicyState
  /** Of a metric policy: what becomes of metrics that match. */
  readonly keep: boolean | undefined
  readonly errors: readonly string[]
  /** What its author should know although it is valid. */
  readonly warnings: readonly string[]
  readonly hits: number
  readonly misses: number
}

/** One provider in the report. */
export interface ReportedProvider {
  readonly id: string
  readonly type: ProviderStatus['type']
  readonly source: string
  readonly state: ProviderStatus['state']
  /** ISO 8601, null if it never was. */
  readonly lastSync: string | null
  readonly problem: string | null
  readonly problemSince: string | null
}

/** What `/_policies` says. */
export interface PolicyReport {
  readonly policies: readonly ReportedPolicy[]
  readonly providers: readonly ReportedProvider[]
}

function reportPolicy({ reading, provider, state, errors, counter }: RegisteredPolicy): ReportedPolicy {
  const { id, name } = identityOf(reading)
  const policy = reading.kind === 'metric' ? reading.policy : undefined
  const warnings = policy === undefined ? [] : policyWarnings(policy)
  const { hits, misses } = counter
  return { id, name, provider, state, keep: policy?.keep, errors, warnings, hits, misses }
}

const isoTime = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())

function reportProvider({
  id,
  type,
  source,
  state,
  lastSuccessMs,
  problem,
}: ProviderStatus): ReportedProvider {
  return {
    id,
    type,
    source,
    state,
    lastSync: isoTime(lastSuccessMs),
    problem: problem?.message ?? null,
    problemSince: isoTime(problem?.sinceMs),
  }
}

/** Everything that there is to know about policies at a glance. */
export function reportPolicies(
  policies: readonly RegisteredPolicy[],
  providers: readonly ProviderStatus[],
): PolicyReport {
  return { policies: policies.map(reportPolicy), providers: providers.map(reportProvider) }
}
