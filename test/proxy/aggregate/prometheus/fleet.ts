import type { ServerResponse } from 'node:http'
import { type Replica, type Replicas, startReplicas } from '../../server/rounds/replicas.ts'
import { CountingProcess, type ProcessTraits } from './process.ts'

/** A process of the fleet, and where it listens. */
export interface Member {
  readonly process: CountingProcess
  /** Address and port, as Prometheus and the aggregator name it. */
  readonly target: string
  readonly replica: Replica
  /** Requests that wait for it to be quick again; undefined while it answers at once. */
  waiting: ServerResponse[] | undefined
}

/** Processes behind a DNS name, on addresses of their own, and the record of all that ever ran. */
export class Fleet {
  readonly replicas: Replicas
  readonly members: Member[] = []
  readonly #now: () => number

  private constructor(replicas: Replicas, now: () => number) {
    this.replicas = replicas
    this.#now = now
  }

  /** @param now milliseconds since 1970 */
  static async start(now: () => number): Promise<Fleet> {
    return new Fleet(await startReplicas(), now)
  }

  /** Starts a process on 127.0.0.`host`, as if it had started `agoMs` ago; the name leads to it from now on. */
  async launch(host: number, traits: ProcessTraits, agoMs = 0): Promise<Member> {
    const process = new CountingProcess(traits, this.#now() - agoMs)
    const replica = await this.replicas.start(host, (_, response) => {
      if (member.waiting === undefined) this.#answer(member, response)
      else member.waiting.push(response)
    })
    const target = `${replica.address}:${this.replicas.port}`
    const member: Member = { process, target, replica, waiting: undefined }
    this.members.push(member)
    return member
  }

  /** Ends a process in the middle of whatever it does. The name still leads to its address. */
  async kill({ process, replica }: Member): Promise<void> {
    process.endedAtMs = this.#now()
    await replica.stop()
  }

  /** Ends a process as a scale-down does: first the name no longer leads to it. */
  async retire(member: Member): Promise<void> {
    const others = this.members.filter(other => other !== member && other.process.endedAtMs === Infinity)
    this.replicas.resolveTo(...others.map(({ replica }) => replica))
    await this.kill(member)
  }

  /** From now on it answers nobody, and goes on counting. */
  slowDown(member: Member): void {
    member.waiting = []
  }

  /** It answers again: at first those who still wait. */
  speedUp(member: Member): void {
    const waiting = member.waiting ?? []
    member.waiting = undefined
    for (const response of waiting) if (!response.destroyed) this.#answer(member, response)
  }

  #answer({ process }: Member, response: ServerResponse): void {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(process.expose(this.#now()))
  }
}
