import type { Logger } from 'pino'
import type { ConditionState } from '../api/conditions.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { GatePod } from '../controller/pod-counts.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import type { Clock } from '../kubernetes/clock.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { hasSidecars } from '../webhook/choose-gate.ts'
import { isLeftOut } from '../webhook/configuration.ts'
import { type AffectedPods, affectedPods, renewedPods, rolloutTarget } from './affected.ts'
import { type Aim, type Candidate, chooseStep, hangs } from './decide.ts'
import { ROLLING_MAX, ROLLING_MS_MAX } from './limits.ts'
import { OwnerFinder } from './owners.ts'
import { blocked, busy, failed, type RolloutReport, restarting, UP_TO_DATE, waiting } from './report.ts'
import { namespaceLabels, restart, restartable } from './requests.ts'
import { type Restartable, type WorkloadRef, workloadName } from './workload.ts'

/** What came of a request to restart a workload; conflict: it had changed since it was read, and is looked at again. */
export type RestartResult = 'success' | 'conflict' | 'failure'

/** What restarting works with. */
export interface RolloutOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly logger: Logger
  readonly sidecar: SidecarOptions
  /** The operator's own namespace. */
  readonly namespace: string
  /** Since when the API server has known of the webhook as it is, by the clock's `monotonicMs`; undefined: it does not. */
  readonly webhookServingSinceMs: () => number | undefined
  /** `SETTLE_MS`; tests wait less. */
  readonly settleMs: number
  /** Told of each request to restart a workload, to be counted. */
  readonly observe: (result: RestartResult) => void
}

/** A gate that is valid, and its surroundings. */
export interface RolloutInput {
  readonly gate: MetricGate
  /** The valid gates of the namespace. */
  readonly gates: readonly MetricGate[]
  readonly pods: readonly GatePod[]
  /** Why pods have to stay as they are for now. */
  readonly hold: string | undefined
  /** What the status of the gate says of its roll-out so far. */
  readonly told: ConditionState | undefined
}

interface GateRollout {
  readonly target: string
  readonly sinceMs: number
  /** Another operator, or an earlier term of this one, has had to do with the gate before. */
  readonly takenOver: boolean
  /** What they have begun may still roll, for all that is known. */
  mayRollFromBefore: boolean
  /** Workloads restarted for the target, by their uids: when. */
  readonly restarted: Map<string, number>
  /** The one that rolls. */
  rolling: WorkloadRef | undefined
  /** What was found last, as long as it holds. */
  found: { readonly of: string; readonly report: RolloutReport; readonly untilMs: number } | undefined
}

interface Found extends Candidate {
  readonly name: string
  readonly ref: WorkloadRef
}

/**
 * Restarts workloads whose pods do not have the sidecar that they should have: one at a time for each gate, `ROLLING_MAX` over all
 * gates, and each at most once for the same target. What was done is written on the pod templates, so that another operator goes
 * on where this one ended.
 */
export class Rollouts {
  readonly #options: RolloutOptions
  readonly #gates = new Map<string, GateRollout>()
  readonly #owners: OwnerFinder

  constructor(options: RolloutOptions) {
    this.#options = options
    this.#owners = new OwnerFinder(options.client)
  }

  /** Takes the next step for a gate, if there is one to take now, and says how things stand. */
  async advance(input: RolloutInput): Promise<RolloutReport> {
    const { gate, gates } = input
    const key = `${gate.metadata.namespace}/${gate.metadata.name}`
    if (gate.spec.proxy.rollout === 'Never') {
      this.forget(key)
      return {}
    }
    const options = this.#options.sidecar
    const aim: Aim = { gate, gates, options, target: rolloutTarget(gate, options) }
    const state = this.#stateOf(key, aim.target, input.told !== undefined)
    try {
      return await this.#advance(state, input, aim)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#options.logger.warn({ gate: key, code: error.code }, `roll-out: ${error.message}`)
      return failed(error)
    }
  }

  /** The gate is gone, or wants no roll-out. */
  forget(gateKey: string): void {
    this.#gates.delete(gateKey)
    this.#owners.forget(gateKey)
  }

  #stateOf(key: string, target: string, isKnownToOthers: boolean): GateRollout {
    const known = this.#gates.get(key)
    if (known?.target === target) return known
    const sinceMs = this.#options.clock.monotonicMs()
    const takenOver = known === undefined && isKnownToOthers
    const state: GateRollout = {
      target,
      sinceMs,
      takenOver,
      mayRollFromBefore: takenOver,
      restarted: new Map(),
      rolling: undefined,
      found: undefined,
    }
    this.#gates.set(key, state)
    return state
  }

  async #advance(state: GateRollout, input: RolloutInput, aim: Aim): Promise<RolloutReport> {
    if (state.rolling !== undefined) {
      const workload = await restartable(this.#options.client, state.rolling)
      if (workload?.rolling === true) return this.#stillRolls(state, state.rolling, workload)
    }
    state.rolling = undefined
    const affected = affectedPods(input.pods, aim.target)
    if (affected.length === 0) return UP_TO_DATE
    const nowMs = this.#options.clock.monotonicMs()
    const of = JSON.stringify(affected)
    if (state.found?.of === of && nowMs < state.found.untilMs) return state.found.report
    const hold = input.hold ?? this.#unsettled(state, input.gate)
    // What was begun elsewhere counts among what rolls, and what was told elsewhere is not taken back for a while.
    if (hold !== undefined && !state.takenOver) return waiting(hold)
    if (state.mayRollFromBefore) {
      const ref = await this.#findRollingFromBefore(input, aim.target)
      state.mayRollFromBefore = false
      if (ref !== undefined) return this.#follow(state, ref)
    }
    const report = await this.#takeStep(state, affected, aim, hold)
    const isQuiet = state.rolling === undefined && hold === undefined
    state.found = isQuiet ? { of, report, untilMs: nowMs + (report.lookAgainMs ?? 0) } : undefined
    return report
  }

  /** Why it is too early. Taking sidecars away needs no webhook. */
  #unsettled(state: GateRollout, gate: MetricGate): string | undefined {
    const { clock, settleMs, webhookServingSinceMs } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - state.sinceMs < settleMs) return 'what is injected has changed just now'
    if (!hasSidecars(gate)) return undefined
    const servingSinceMs = webhookServingSinceMs()
    return servingSinceMs === undefined || nowMs - servingSinceMs < settleMs
      ? 'the webhook does not serve yet, or not for long'
      : undefined
  }

  #stillRolls({ restarted }: GateRollout, ref: WorkloadRef, workload: Restartable): RolloutReport {
    return this.#isOverdue(restarted.get(ref.uid))
      ? blocked(`${workloadName(ref)} ${hangs(workload)}`)
      : restarting(ref)
  }

  #isOverdue(startedMs: number | undefined): boolean {
    return startedMs !== undefined && this.#options.clock.monotonicMs() - startedMs > ROLLING_MS_MAX
  }

  /** `hold`: why nothing may be restarted yet. */
  async #takeStep(
    state: GateRollout,
    affected: readonly AffectedPods[],
    aim: Aim,
    hold: string | undefined,
  ): Promise<RolloutReport> {
    const { namespace, name } = aim.gate.metadata
    if (hasSidecars(aim.gate) && (await this.#isLeftOut(namespace))) {
      return blocked(`the webhook leaves out namespace ${namespace}`)
    }
    const { owned, untouchable } = await this.#owners.find(`${namespace}/${name}`, namespace, affected)
    const candidates: Found[] = []
    // One after another: a gate can have hundreds.
    for (const { ref, again } of owned) {
      const workload = await restartable(this.#options.client, ref)
      if (workload === undefined) continue
      const startedMs = state.restarted.get(ref.uid)
      const memory = { restarted: startedMs !== undefined, overdue: this.#isOverdue(startedMs) }
      candidates.push({ ref, name: workloadName(ref), workload, again, ...memory })
    }
    const step = chooseStep(candidates, untouchable, aim)
    if ('why' in step) return step.kind === 'wait' ? busy(step.why) : blocked(step.why)
    const chosen = candidates[step.index]
    if (chosen === undefined) throw new Error(`BUG: no candidate ${step.index} of ${candidates.length}`)
    if (step.kind === 'restart') {
      return hold === undefined ? this.#restart(state, chosen.ref, chosen.workload) : waiting(hold)
    }
    return this.#follow(state, chosen.ref)
  }

  /**
   * A workload whose pods all have their sidecar by now, but which has not finished since somebody else restarted it. It is none of the
   * affected ones.
   */
  async #findRollingFromBefore(
    { gate, pods }: RolloutInput,
    target: string,
  ): Promise<WorkloadRef | undefined> {
    const { namespace, name } = gate.metadata
    const renewed = renewedPods(pods, target)
    if (renewed.length === 0) return undefined
    const { owned } = await this.#owners.find(`${namespace}/${name}`, namespace, renewed)
    for (const { ref } of owned) {
      const workload = await restartable(this.#options.client, ref)
      if (workload?.rolling === true && workload.restartedFor === target) return ref
    }
    return undefined
  }

  /** The workload rolls for the target, and others wait for it. */
  #follow(state: GateRollout, ref: WorkloadRef): RolloutReport {
    state.rolling = ref
    if (!state.restarted.has(ref.uid)) state.restarted.set(ref.uid, this.#options.clock.monotonicMs())
    return restarting(ref)
  }

  async #isLeftOut(namespace: string): Promise<boolean> {
    const labels = await namespaceLabels(this.#options.client, namespace)
    return isLeftOut(namespace, labels ?? {}, this.#options.namespace)
  }

  async #restart(state: GateRollout, ref: WorkloadRef, workload: Restartable): Promise<RolloutReport> {
    const { client, clock, logger, observe } = this.#options
    const rolling = [...this.#gates.values()].filter(
      gate => gate.rolling !== undefined && !this.#isOverdue(gate.restarted.get(gate.rolling.uid)),
    ).length
    if (rolling >= ROLLING_MAX) return waiting(`${ROLLING_MAX} workloads of other gates are being restarted`)
    // Before the request: other gates look at it meanwhile.
    state.rolling = ref
    try {
      await restart(client, ref, workload, state.target)
    } catch (error) {
      state.rolling = undefined
      observe(error instanceof ApiError && error.isConflict ? 'conflict' : 'failure')
      throw error
    }
    state.restarted.set(ref.uid, clock.monotonicMs())
    observe('success')
    logger.info({ namespace: ref.namespace, target: state.target }, `restarted ${workloadName(ref)}`)
    return restarting(ref, true)
  }
}
