import { expect } from '@jest/globals'
import type { AnyObject } from '../../operator/controller/support/admin.ts'
import { soon } from './soon.ts'
import type { Stage } from './stage.ts'

const SIDECAR = 'metricgate'

/** What stays the same as long as a pod runs on. */
export interface PodIdentity {
  readonly uid: string | undefined
  /** How often each container was restarted, by its name. */
  readonly restarts: Readonly<Record<string, number>>
}

/** What tells a pod that went on running from one that was made anew, or whose containers were restarted. */
export function identity(pod: AnyObject): PodIdentity {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const statuses: { name: string; restartCount: number }[] = [...initContainerStatuses, ...containerStatuses]
  return {
    uid: pod.metadata?.uid,
    restarts: Object.fromEntries(statuses.map(({ name, restartCount }) => [name, restartCount])),
  }
}

/** What a story looks for in pods. */
interface PodState {
  readonly ready: boolean
  /** The names of its native sidecars. */
  readonly sidecars: readonly string[]
}

/** Waits until a workload has so many pods, all of them ready, each with our sidecar and no other, and returns them. */
export function podsWithSidecar(stage: Stage, app: string, count: number): Promise<AnyObject[]> {
  return podsOf(stage, app, count, 'with the sidecar', [SIDECAR])
}

/** The same of pods that have no sidecar. */
export function podsWithoutSidecar(stage: Stage, app: string, count: number): Promise<AnyObject[]> {
  return podsOf(stage, app, count, 'without a sidecar', [])
}

function podsOf(
  stage: Stage,
  app: string,
  count: number,
  how: string,
  sidecars: readonly string[],
): Promise<AnyObject[]> {
  const wanted = Array<PodState>(count).fill({ ready: true, sidecars })
  return soon(
    `${count} ready pods of ${app}, ${how}`,
    () => stage.pods(`app=${app}`),
    pods => expect(pods.map(stateOf)).toEqual(wanted),
    { describe: pods => pods.map(pod => ({ pod: pod.metadata?.name, ...stateOf(pod), ...problemOf(pod) })) },
  )
}

function stateOf(pod: AnyObject): PodState {
  return { ready: isReady(pod), sidecars: sidecars(pod) }
}

/** Whether the condition `Ready` of a pod is true. */
export function isReady(pod: AnyObject): boolean {
  const conditions: { type: string; status: string }[] = pod.status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** The names of the pod's native sidecars. */
export function sidecars(pod: AnyObject): string[] {
  const containers: { name: string; restartPolicy?: string }[] = pod.spec?.initContainers ?? []
  return containers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name)
}

/** The port on which our sidecar listens. */
export function sidecarPort(pod: AnyObject | undefined): number | undefined {
  return sidecar(pod)?.ports?.[0]?.containerPort
}

/** The version of the image of our sidecar. */
export function sidecarVersion(pod: AnyObject | undefined): string | undefined {
  return sidecar(pod)?.image.split(':').at(-1)
}

interface Container {
  readonly name: string
  readonly image: string
  readonly ports?: readonly { readonly containerPort: number }[]
}

function sidecar(pod: AnyObject | undefined): Container | undefined {
  const containers: Container[] = pod?.spec?.initContainers ?? []
  return containers.find(({ name }) => name === SIDECAR)
}

/** Why containers of a pod do not run, if any do not. */
function problemOf({ status }: AnyObject): { readonly waiting?: unknown } {
  const statuses: { name: string; state?: { waiting?: unknown } }[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]
  const waiting = statuses.filter(({ state }) => state?.waiting !== undefined)
  return waiting.length === 0 ? {} : { waiting: waiting.map(({ name, state }) => ({ name, ...state })) }
}
