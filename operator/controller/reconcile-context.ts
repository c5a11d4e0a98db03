import type { Logger } from 'pino'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import type { MonitorFacts } from '../direct-scrape/monitor.ts'
import type { PodPorts } from '../direct-scrape/pod-ports.ts'
import type { EventRecorder } from '../events/recorder.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Clock } from '../kubernetes/clock.ts'
import type { ClusterFacts } from '../resources/render.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import type { Rollouts } from '../rollout/rollouts.ts'
import type { AppliedVersions } from './applied.ts'
import type { OwnedByKind } from './plan.ts'
import type { WatchedService } from './shared.ts'
import type { StatusWriter } from './status-writer.ts'
import type { WatchedGate, WatchedPod } from './watched.ts'

/** What is known of the cluster, as far as gates of one namespace are concerned. */
export interface ClusterView {
  gate(namespace: string, name: string): WatchedGate | undefined
  /** The valid gates of the namespace. */
  gates(namespace: string): readonly MetricGate[]
  pods(namespace: string): Iterable<WatchedPod>
  /** Objects that carry the gate's label. */
  owned(namespace: string, gateName: string): OwnedByKind
  /** The targets that the gate's aggregator finds. */
  targets(namespace: string, gateName: string): NonNullable<MetricGateStatus['targets']>
  /** All Services of the namespace, whoever made them. */
  services(namespace: string): Iterable<WatchedService>
  /** The monitors that look into the namespace, without those of gates. */
  monitors(namespace: string): Iterable<MonitorFacts>
  readonly facts: ClusterFacts
}

/** Told of what is done, to be counted. */
export interface ReconcileObserver {
  readonly applied: (kind: string) => void
  readonly deleted: (kind: string) => void
  readonly statusWritten: () => void
}

/** What a reconciliation works with. */
export interface ReconcileContext {
  readonly view: ClusterView
  readonly client: ApiClient
  readonly applied: AppliedVersions
  readonly statuses: StatusWriter
  readonly rollouts: Rollouts
  readonly podPorts: PodPorts
  readonly events: EventRecorder
  readonly sidecar: SidecarOptions
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ReconcileObserver
}
