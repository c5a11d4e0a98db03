import { Counter, Gauge, type Registry } from 'prom-client'
import type { PolicyState } from './merge.ts'
import { identityOf } from './policy.ts'
import type { ProviderStatus } from './providers/health.ts'
import type { RegisteredPolicy } from './registry.ts'

/** What the metrics are about, whenever they are read. */
export interface PolicyMetricsSource {
  policies(): readonly RegisteredPolicy[]
  providers(): readonly ProviderStatus[]
}

const PREFIX = 'metricgate_proxy_'
const STATES: readonly PolicyState[] = ['active', 'disabled', 'ignored', 'invalid']

/** Takes the values of a metric, one after the other. */
type Take<Label extends string> = (labels: Record<Label, string>, value: number) => void

/** What a metric is, and how its values are found when it is read. */
interface LateMetric<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly read: (take: Take<Label>) => void
}

function registerGauge<Label extends string>(registry: Registry, metric: LateMetric<Label>): void {
  const { name, help, labelNames, read } = metric
  new Gauge({
    name: PREFIX + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset()
      read((labels, value) => this.set(labels, value))
    },
  })
}

function registerCounter<Label extends string>(registry: Registry, metric: LateMetric<Label>): void {
  const { name, help, labelNames, read } = metric
  new Counter({
    name: PREFIX + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset()
      read((labels, value) => this.inc(labels, value))
    },
  })
}

const COUNTS = {
  hits: 'Samples that a policy matched, and that were treated as it says.',
  misses: 'Samples that a policy matched to keep, and another one dropped.',
} as const

function registerPolicies(registry: Registry, source: PolicyMetricsSource): void {
  registerGauge(registry, {
    name: 'policies',
    help: 'Policies, by state.',
    labelNames: ['state'],
    read: take => {
      const policies = source.policies()
      for (const state of STATES) take({ state }, policies.filter(policy => policy.state === state).length)
    },
  })
  for (const count of ['hits', 'misses'] as const) {
    registerCounter(registry, {
      name: `policy_${count}_total`,
      help: COUNTS[count],
      labelNames: ['policy', 'provider'],
      read: take => {
        for (const { reading, provider, state, counter } of source.policies())
          if (state === 'active') take({ policy: identityOf(reading).id, provider }, counter[count])
      },
    })
  }
}

function registerProviders(registry: Registry, source: PolicyMetricsSource): void {
  registerGauge(registry, {
    name: 'policy_provider_up',
    help: 'Whether a provider was asked with success last time (1); if not, why.',
    labelNames: ['provider', 'reason'],
    read: take => {
      for (const { id, state, problem } of source.providers()) {
        const reason = problem?.code ?? (state === 'pending' ? 'pending' : '')
        take({ provider: id, reason }, state === 'ok' ? 1 : 0)
      }
    },
  })
  registerCounter(registry, {
    name: 'policy_syncs_total',
    help: 'How often providers were asked, by result.',
    labelNames: ['provider', 'result'],
    read: take => {
      for (const { id, successes, failures } of source.providers()) {
        take({ provider: id, result: 'success' }, successes)
        take({ provider: id, result: 'failure' }, failures)
      }
    },
  })
  registerGauge(registry, {
    name: 'policy_last_sync_timestamp_seconds',
    help: 'When a provider was asked with success.',
    labelNames: ['provider'],
    read: take => {
      for (const { id, lastSuccessMs } of source.providers())
        if (lastSuccessMs !== undefined) take({ provider: id }, lastSuccessMs / 1000)
    },
  })
}

/** Registers metrics about policies and their providers. */
export function registerPolicyMetrics(registry: Registry, source: PolicyMetricsSource): void {
  registerPolicies(registry, source)
  registerProviders(registry, source)
}
