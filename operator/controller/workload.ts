import * as z from 'zod'

/** How the Deployment of an aggregator is doing. */
export interface Workload {
  /** A pod of it, of the present template or an earlier one, serves. */
  readonly available: boolean
  /** Whether what was asked for last runs: yes, not yet, or not within the time that it may take. */
  readonly rollout: 'complete' | 'progressing' | 'failed'
  /** What Kubernetes says about it, if it says something. */
  readonly message: string
}

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
})

const deploymentSchema = z.object({
  metadata: z.object({ generation: z.int().default(0) }),
  status: z
    .object({
      observedGeneration: z.int().default(0),
      replicas: z.int().default(0),
      updatedReplicas: z.int().default(0),
      availableReplicas: z.int().default(0),
      conditions: z.array(conditionSchema).default([]),
    })
    .prefault({}),
})

type Deployment = z.output<typeof deploymentSchema>
type Condition = z.output<typeof conditionSchema>

/** Reads a Deployment of one replica (`apps/v1`), after `sigs.k8s.io/cli-utils`, pkg/kstatus/status/core.go. Throws ZodError. */
export function readWorkload(object: unknown): Workload {
  const deployment = deploymentSchema.parse(object)
  const { conditions, availableReplicas } = deployment.status
  const find = (type: string): Condition | undefined => conditions.find(condition => condition.type === type)
  const failure = find('ReplicaFailure')
  const progressing = find('Progressing')
  const told = failure?.status === 'True' ? failure : progressing
  return {
    available: availableReplicas > 0,
    rollout: rolloutOf(deployment, progressing),
    message: told?.message ?? '',
  }
}

function rolloutOf(
  { metadata, status }: Deployment,
  progressing: Condition | undefined,
): Workload['rollout'] {
  if (status.observedGeneration < metadata.generation) return 'progressing'
  if (progressing?.reason === 'ProgressDeadlineExceeded') return 'failed'
  const isNew = status.updatedReplicas > 0 && status.replicas === status.updatedReplicas
  // A pod that is lost later does not undo the roll-out.
  return isNew && progressing?.reason === 'NewReplicaSetAvailable' ? 'complete' : 'progressing'
}
