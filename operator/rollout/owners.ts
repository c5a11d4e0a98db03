import type { Owner } from '../controller/watched.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { AffectedPods } from './affected.ts'
import { replicaSetOwner } from './requests.ts'
import { isOfKind, REPLICA_SET, restartableRef, type WorkloadRef, workloadName } from './workload.ts'

/** The affected pods of a workload. */
export interface OwnedPods {
  readonly ref: WorkloadRef
  readonly again: number
}

/** Whose the affected pods are. */
export interface Owners {
  /** By kind and name. */
  readonly owned: readonly OwnedPods[]
  /** Of which pods nothing can be restarted; kinds only, so that it does not change with every run of a CronJob. */
  readonly untouchable: readonly string[]
}

/** Finds the workloads that pods belong to: their owner, or the owner of the ReplicaSet that is. */
export class OwnerFinder {
  readonly #client: ApiClient
  /** Owners of ReplicaSets, by gate and the uid of the ReplicaSet: those that were needed last. */
  readonly #known = new Map<string, ReadonlyMap<string, Owner | undefined>>()

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** Asks the API server for ReplicaSets that it has not been asked for before. Throws ApiError. */
  async find(gateKey: string, namespace: string, affected: readonly AffectedPods[]): Promise<Owners> {
    const known = await this.#replicaSets(gateKey, namespace, affected)
    const owned = new Map<string, OwnedPods>()
    const untouchable = new Set<string>()
    for (const { owner, again } of affected) {
      const manager = owner && isOfKind(owner, REPLICA_SET) ? (known.get(owner.uid) ?? owner) : owner
      const ref = manager && restartableRef(manager, namespace)
      if (ref === undefined) {
        untouchable.add(
          `pods ${manager === undefined ? 'without an owner' : `of a ${manager.kind}`} are not restarted`,
        )
        continue
      }
      owned.set(ref.uid, { ref, again: again + (owned.get(ref.uid)?.again ?? 0) })
    }
    return {
      owned: [...owned.values()].sort((a, b) => (workloadName(a.ref) < workloadName(b.ref) ? -1 : 1)),
      untouchable: [...untouchable].sort(),
    }
  }

  /** The gate is gone. */
  forget(gateKey: string): void {
    this.#known.delete(gateKey)
  }

  async #replicaSets(
    gateKey: string,
    namespace: string,
    affected: readonly AffectedPods[],
  ): Promise<ReadonlyMap<string, Owner | undefined>> {
    const before = this.#known.get(gateKey)
    const sets = affected.flatMap(({ owner }) => (owner && isOfKind(owner, REPLICA_SET) ? [owner] : []))
    const known = new Map<string, Owner | undefined>()
    for (const set of sets) {
      known.set(set.uid, before?.get(set.uid) ?? (await replicaSetOwner(this.#client, set, namespace)))
    }
    this.#known.set(gateKey, known)
    return known
  }
}
