import { pino } from 'pino'
import { ApiError, errorOfResponse } from '../../../operator/kubernetes/api-error.ts'
import type { Clock } from '../../../operator/kubernetes/clock.ts'
import { Election } from '../../../operator/leader/election.ts'
import { Leadership } from '../../../operator/leader/leadership.ts'
import { type Lease, readLease } from '../../../operator/leader/lease.ts'
import type { LeaseStore } from '../../../operator/leader/lease-store.ts'
import { electionTiming } from '../../../operator/leader/timing.ts'
import { settle } from '../controller/support/clocks.ts'

/** Numbers in [0, 1) that repeat for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Happening {
  readonly atMs: number
  readonly run: () => void
}

/** True time, which nobody in the simulation can see, and what happens when. */
export class World {
  nowMs = 0
  readonly #happenings = new Set<Happening>()

  /** Has something happen; the returned function prevents it. */
  at(atMs: number, run: () => void): () => void {
    const happening = { atMs, run }
    this.#happenings.add(happening)
    return () => this.#happenings.delete(happening)
  }

  /** Lets everything happen until then, in order, and calls `look` after each. */
  async until(endMs: number, look: () => void): Promise<void> {
    for (;;) {
      const next = [...this.#happenings]
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#happenings.delete(next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
      await settle()
      look()
    }
    this.nowMs = endMs
    look()
  }
}

/** How the API server is reached, and what becomes of requests. */
export interface Network {
  /** How long a request takes to get there, or its answer to come back. */
  readonly latencyMs: () => number
  /** Is this request, or this answer, lost? */
  readonly isLost: () => boolean
}

/** The API server, as far as one Lease is concerned: it takes a change only of the version that it has. */
export class LeaseServer {
  #stored: Record<string, unknown> | undefined
  #version = 0

  get lease(): Lease | undefined {
    return this.#stored === undefined ? undefined : readLease(this.#stored)
  }

  /** As a person may. */
  delete(): void {
    this.#stored = undefined
  }

  write(object: object, isNew: boolean): Lease {
    const { metadata } = object as { metadata: { resourceVersion?: string } }
    const known = this.lease?.resourceVersion
    if (isNew ? known !== undefined : known !== metadata.resourceVersion) {
      throw errorOfResponse('write', 409, '{"kind":"Status","reason":"Conflict"}')
    }
    this.#version += 1
    this.#stored = { ...object, metadata: { ...metadata, resourceVersion: String(this.#version) } }
    return readLease(this.#stored)
  }
}

/** What is peculiar to the machine of one candidate. */
export interface Machine {
  /** How fast its clocks go. */
  readonly pace: number
  /** What its clocks show at the beginning. */
  readonly wallMs: number
  readonly monotonicMs: number
}

/** One replica: its election as it is, on clocks and a network that are simulated. */
export class Candidate {
  readonly leadership: Leadership
  readonly election: Election
  readonly #world: World
  /** It stands still until then. */
  #pausedUntilMs = 0
  #wallJumpMs = 0

  constructor(
    identity: string,
    world: World,
    server: LeaseServer,
    { machine, network, random }: { machine: Machine; network: Network; random: () => number },
  ) {
    this.#world = world
    const clock: Clock = {
      now: () => machine.wallMs + this.#wallJumpMs + world.nowMs * machine.pace,
      monotonicMs: () => machine.monotonicMs + world.nowMs * machine.pace,
      after: (delayMs, callback) => this.#whenAwake(world.nowMs + delayMs / machine.pace, callback),
    }
    const ignore = (): void => undefined
    this.leadership = new Leadership({ clock, onGained: ignore, onLost: ignore })
    this.election = new Election({
      store: this.#store(server, network),
      leadership: this.leadership,
      identity,
      timing: electionTiming(12),
      clock,
      random,
      logger: pino({ level: 'silent' }),
    })
  }

  /** The process does nothing at all for a while: SIGSTOP, a long garbage collection, a machine that is too busy. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#world.nowMs + forMs)
  }

  /** Somebody sets the clock of its machine. */
  setClock(byMs: number): void {
    this.#wallJumpMs += byMs
  }

  /** Runs when it is due, or when the process goes on after that. */
  #whenAwake(dueMs: number, run: () => void): () => void {
    let cancel = this.#world.at(dueMs, () => {
      if (this.#world.nowMs >= this.#pausedUntilMs) run()
      else cancel = this.#whenAwake(this.#pausedUntilMs, run)
    })
    return () => cancel()
  }

  #store(server: LeaseServer, network: Network): LeaseStore {
    return {
      read: () => this.#ask(network, () => server.lease),
      create: lease => this.#ask(network, () => server.write(lease, true)),
      update: lease => this.#ask(network, () => server.write(lease, false)),
    }
  }

  /** One request: each way takes its time, and may lead nowhere. It is not withdrawn when its candidate gives up on it. */
  #ask<T>(network: Network, serve: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (network.isLost()) return promise
    this.#world.at(this.#world.nowMs + network.latencyMs(), () => {
      const answer = attempt(serve)
      if (network.isLost()) return
      this.#whenAwake(this.#world.nowMs + network.latencyMs(), () =>
        'value' in answer ? resolve(answer.value) : reject(answer.error),
      )
    })
    return promise
  }
}

function attempt<T>(run: () => T): { value: T } | { error: ApiError } {
  try {
    return { value: run() }
  } catch (error) {
    if (error instanceof ApiError) return { error }
    throw error
  }
}
