import type { Logger } from 'pino'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Workloads } from './aggregator-state.ts'
import type { AppliedVersions } from './applied.ts'
import { applyObject, deleteObject } from './apply.ts'
import type { Application, Deletion, Plan } from './plan.ts'
import type { Failure } from './status.ts'

/** What carrying out a plan works with. */
export interface CarryOutContext {
  readonly client: ApiClient
  readonly applied: AppliedVersions
  readonly logger: Logger
  /** Told of what is done, to be counted. */
  readonly observer: {
    readonly applied: (kind: string) => void
    readonly deleted: (kind: string) => void
  }
}

interface Step {
  readonly kind: string
  readonly attempted: string
  /** Resolves with what the API server says of an applied Deployment. */
  readonly run: () => Promise<Workloads>
}

/** What has become of a plan. */
export interface Execution {
  readonly failures: readonly Failure[]
  /** Of the Deployments that were applied. */
  readonly workloads: Workloads
}

const NO_WORKLOADS: Workloads = new Map()

/** Applies and deletes what the plan of the gate `key` (namespace/name) says, all at once. What fails keeps nothing else from being done. */
export async function carryOut(key: string, plan: Plan, context: CarryOutContext): Promise<Execution> {
  if (plan.kind === 'invalid') return { failures: [], workloads: NO_WORKLOADS }
  const steps = [
    ...plan.apply.map(application => applyStep(key, application, context)),
    ...plan.remove.map(deletion => deleteStep(key, deletion, context)),
  ]
  const results = await Promise.allSettled(steps.map(({ run }) => run()))
  const failures = steps.flatMap(({ kind, attempted }, index) => {
    const result = results[index]
    return result?.status === 'rejected' ? [{ kind, attempted, error: result.reason }] : []
  })
  const workloads = results.flatMap(result => (result.status === 'fulfilled' ? [...result.value] : []))
  return { failures, workloads: new Map(workloads) }
}

function applyStep(
  key: string,
  { kind, object }: Application,
  { client, applied, observer, logger }: CarryOutContext,
): Step {
  const name = object.metadata?.name ?? ''
  const attempted = `apply ${kind.kind} ${name}`
  const run = async (): Promise<Workloads> => {
    const { resourceVersion, version, workload } = await applyObject(client, kind, object)
    applied.remember(key, object, version)
    observer.applied(kind.kind)
    logger.info({ gate: key, resourceVersion }, attempted)
    return workload === undefined ? NO_WORKLOADS : new Map([[name, workload]])
  }
  return { kind: kind.kind, attempted, run }
}

function deleteStep(
  key: string,
  { kind, object }: Deletion,
  { client, observer, logger }: CarryOutContext,
): Step {
  const attempted = `delete ${kind.kind} ${object.metadata.name}`
  const run = async (): Promise<Workloads> => {
    await deleteObject(client, kind, object)
    observer.deleted(kind.kind)
    logger.info({ gate: key }, attempted)
    return NO_WORKLOADS
  }
  return { kind: kind.kind, attempted, run }
}
