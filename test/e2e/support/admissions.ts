import { setTimeout as delay } from 'node:timers/promises'
import type { AnyObject } from '../../operator/controller/support/admin.ts'
import { sidecars } from './pods.ts'
import type { Stage } from './stage.ts'

/** How often the API server is asked. */
const INTERVAL_MS = 50

/** Pods that the API server was asked about all the time. */
export interface AskedPods {
  readonly count: number
  /** How many of them would have started without a sidecar. */
  readonly withoutSidecar: number
}

/**
 * Asks the API server again and again what would become of a pod, while something happens: the pod goes through admission but is not
 * created. Requests do not wait for each other, so that one that is slow does not hide what happens meanwhile.
 */
export async function askWhile(
  stage: Stage,
  pod: AnyObject,
  something: () => Promise<void>,
): Promise<AskedPods> {
  const asked: Promise<AnyObject>[] = []
  const stopped = new AbortController()
  const happening = something().finally(() => stopped.abort())
  while (!stopped.signal.aborted) {
    const answer = stage.admin.dryRun({
      ...pod,
      metadata: { ...pod.metadata, name: `asked-${asked.length}` },
    })
    answer.catch(() => undefined) // It is told below.
    asked.push(answer)
    await delay(INTERVAL_MS)
  }
  await happening
  const pods = await Promise.all(asked)
  return { count: pods.length, withoutSidecar: pods.filter(found => sidecars(found).length === 0).length }
}
