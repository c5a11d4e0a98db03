import type { Clock } from '../../../../operator/kubernetes/clock.ts'
import { type Authority, isInForce } from '../../../../operator/webhook/certificates/authority.ts'
import type { Lifetimes } from '../../../../operator/webhook/certificates/lifetimes.ts'
import type { Leaf, Material } from '../../../../operator/webhook/certificates/material.ts'
import { Replica } from '../../../../operator/webhook/certificates/replica.ts'
import type { Step } from '../../../../operator/webhook/certificates/rotation.ts'
import { standingOf } from '../../../../operator/webhook/certificates/trust.ts'
import { authority, leaf, material } from './facts.ts'

/** In units of no matter what: only their proportions count. */
export const WORLD_LIFETIMES: Lifetimes = {
  authorityMs: 600,
  certificateMs: 150,
  backdatedMs: 20,
  renewalPart: 2 / 3,
  graceMs: 10,
  checkMs: 5,
}

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** Time as it is, which the clocks of replicas show more or less rightly. */
class WorldClock {
  nowMs = 10_000
  readonly #timers = new Set<Timer>()

  /** A clock that is ahead by so much. */
  shifted(aheadMs: number): Clock {
    return {
      now: () => this.nowMs + aheadMs,
      monotonicMs: () => this.nowMs,
      after: (delayMs, callback) => {
        const timer = { dueMs: this.nowMs + delayMs, callback }
        this.#timers.add(timer)
        return () => this.#timers.delete(timer)
      },
    }
  }

  tick(): void {
    this.nowMs += 1
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.nowMs || !this.#timers.delete(timer)) continue
      timer.callback()
    }
  }
}

interface Secret {
  readonly version: number
  readonly material: Material
}

/** A replica, with what its watches have told it. */
class Node {
  readonly replica: Replica
  readonly clock: Clock
  secret: Secret | undefined
  /** It does nothing before it knows what there is. */
  isSynced = false
  trusted: readonly Authority[] = []
  /** It took its certificate because it had none, or an expired one: API servers may not trust that yet, and nobody can help it. */
  makeshift: Leaf | undefined

  constructor(clock: Clock) {
    this.clock = clock
    const ignore = (): void => undefined
    this.replica = new Replica({ clock, lifetimes: WORLD_LIFETIMES, serve: ignore, onSettled: ignore })
  }
}

/** What the API server held for a while. */
interface Configuration {
  readonly fromMs: number
  readonly authorities: readonly Authority[]
}

/**
 * Replicas, the Secret and the webhook configuration, without cryptography and network: watches lag behind, clocks differ, the leader
 * changes, replicas restart and are cut off, and somebody deletes or spoils the Secret.
 */
export class World {
  readonly #clock = new WorldClock()
  readonly #nodes: Node[]
  readonly #aheadMs: readonly number[]
  #leader: number | undefined = 0
  #cutOff = new Set<number>()
  #secret: Secret | undefined
  #versions = 0
  #made = 0
  #isStrict = false
  #configurations: Configuration[] = [{ fromMs: this.#clock.nowMs, authorities: [] }]
  /** Steps that were taken, by kind. */
  readonly steps: Record<Step['kind'], number> = { wait: 0, issue: 0, begin: 0, retire: 0 }

  /** A world with one replica for each clock, which is ahead by so much. */
  constructor(aheadMs: readonly number[]) {
    this.#aheadMs = aheadMs
    this.#nodes = aheadMs.map(ahead => new Node(this.#clock.shifted(ahead)))
  }

  /** Lets time pass; `informed` says in each unit of it which replicas hear of what is new. */
  pass(ms: number, informed: (node: number) => boolean): void {
    for (let passed = 0; passed < ms; passed++) {
      this.#clock.tick()
      for (const [index, node] of this.#nodes.entries()) this.#run(index, node, informed(index))
      this.#check()
    }
  }

  /** From now on a replica that begins anew has to find a certificate in the Secret that all API servers trust. */
  beStrict(): void {
    this.#isStrict = true
  }

  /** Another replica leads, or none does. */
  elect(node: number | undefined): void {
    this.#leader = node !== undefined && this.#cutOff.has(node) ? undefined : node
  }

  /** The replica begins anew, with nothing in its memory. */
  restart(index: number): void {
    this.#nodes[index]?.replica.stop()
    this.#nodes[index] = new Node(this.#clock.shifted(this.#aheadMs[index] ?? 0))
  }

  /** The replica hears nothing of the API server, which still calls it; or hears of it again. */
  cutOff(index: number, isCut: boolean): void {
    if (isCut) this.#cutOff.add(index)
    else this.#cutOff.delete(index)
    if (isCut && this.#leader === index) this.#leader = undefined
  }

  /** Somebody deletes the Secret, or a part of it. */
  spoil(part: 'all' | 'leaf' | 'key' | 'bundle'): void {
    const secret = this.#secret
    if (secret === undefined) return
    if (part === 'all') this.#secret = undefined
    else {
      const { material: before } = secret
      const rest = { all: {}, leaf: { leaf: undefined }, key: { signer: undefined } }
      const spoilt = part === 'bundle' ? material([], undefined) : { ...before, ...rest[part] }
      this.#secret = { version: ++this.#versions, material: spoilt }
    }
  }

  /** Does every replica serve the certificate of the Secret, in force and trusted, with nothing left to do? */
  get isCalm(): boolean {
    const nowMs = this.#clock.nowMs
    return this.#nodes.every(({ replica: { served, trust, bundle } }) => {
      const stored = this.#secret?.material
      const isSettled = served !== undefined && standingOf(served, trust, nowMs) === 'settled'
      return isSettled && served.id === stored?.leaf?.id && bundle.length === stored.authorities.length
    })
  }

  /** How many authorities API servers are told to trust. */
  get trusted(): number {
    return this.#configuration.authorities.length
  }

  #run(index: number, node: Node, isInformed: boolean): void {
    if ((isInformed || !node.isSynced) && !this.#cutOff.has(index)) {
      node.isSynced = true
      node.secret = this.#secret
      node.trusted = this.#configuration.authorities
    }
    if (!node.isSynced) return
    const before = node.replica.served
    node.replica.observe(node.secret?.material, node.trusted)
    const hadNone =
      before === undefined ||
      before.id === node.makeshift?.id ||
      before.untilMs - WORLD_LIFETIMES.backdatedMs <= this.#clock.nowMs
    if (hadNone && node.replica.served !== before && !this.#isStrict) node.makeshift = node.replica.served
    if (this.#leader === index) this.#lead(node)
  }

  #lead(node: Node): void {
    // As the API server sees to it: writing is refused to whoever has not seen the latest version.
    if (node.secret?.version !== this.#secret?.version) return
    const { bundle } = node.replica
    if (bundle.length > 0) this.#configure(bundle)
    const step = node.replica.nextStep(node.secret?.material)
    this.steps[step.kind] += 1
    const changed = this.#carryOut(step, node)
    if (changed !== undefined) this.#secret = { version: ++this.#versions, material: changed }
  }

  #carryOut(step: Step, node: Node): Material | undefined {
    const nowMs = node.clock.now()
    const stored = node.secret?.material
    const issue = (issuer: Authority): Leaf => leaf(`leaf ${++this.#made}`, issuer, nowMs, WORLD_LIFETIMES)
    if (step.kind === 'begin') {
      const begun = authority(`authority ${++this.#made}`, nowMs, WORLD_LIFETIMES)
      return material([begun, ...step.keep], step.leaf ?? issue(begun))
    }
    const [signer] = stored?.authorities ?? []
    if (step.kind === 'wait' || stored === undefined || signer === undefined) return undefined
    return step.kind === 'issue'
      ? material(stored.authorities, issue(signer))
      : material(step.keep, stored.leaf)
  }

  #configure(authorities: readonly Authority[]): void {
    const now = this.#configuration.authorities
    if (now.map(({ id }) => id).join() === authorities.map(({ id }) => id).join()) return
    this.#configurations.push({ fromMs: this.#clock.nowMs, authorities })
    // API servers have all heard of the others since.
    const seen = this.#configurations.findLastIndex(
      ({ fromMs }) => fromMs <= this.#clock.nowMs - 2 * WORLD_LIFETIMES.graceMs,
    )
    this.#configurations.splice(0, Math.max(0, seen))
  }

  /** Throws when an API server that has not heard of the latest configurations would refuse a replica. */
  #check(): void {
    for (const [index, node] of this.#nodes.entries()) {
      const { served } = node.replica
      if (served === undefined) continue
      const views = this.#viewsWithin(WORLD_LIFETIMES.graceMs)
      const refusing = views.filter(
        ({ authorities }) => !authorities.some(({ id }) => served.issuers.includes(id)),
      )
      if (node.makeshift?.id === served.id) {
        // From then on, as all others.
        if (this.#viewsWithin(2 * WORLD_LIFETIMES.graceMs).length === 1 && refusing.length === 0)
          node.makeshift = undefined
        continue
      }
      if (refusing.length > 0 && isInForce(served, this.#clock.nowMs)) {
        throw new Error(
          `${this.#clock.nowMs}: replica ${index} serves ${served.id} of ${served.issuers}, API servers may see ${JSON.stringify(views.map(({ authorities }) => authorities.map(({ id }) => id)))}`,
        )
      }
    }
  }

  /** The configurations that an API server may have seen last which is up to so much behind. */
  #viewsWithin(ms: number): Configuration[] {
    const sinceMs = this.#clock.nowMs - ms
    return this.#configurations.filter(
      (_, index, all) => (all[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) > sinceMs,
    )
  }

  get #configuration(): Configuration {
    const latest = this.#configurations.at(-1)
    if (latest === undefined) throw new Error('BUG: there is always a configuration')
    return latest
  }
}
