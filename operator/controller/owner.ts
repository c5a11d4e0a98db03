import type { V1OwnerReference } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import * as z from 'zod'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import { backoffMs, type Random } from '../kubernetes/backoff.ts'
import { type Clock, sleep } from '../kubernetes/clock.ts'
import { WATCH_BACKOFF } from '../kubernetes/limits.ts'

const API_VERSION = 'rbac.authorization.k8s.io/v1'
const roleSchema = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) })

/** What finding the owner needs. */
export interface OwnerOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * A reference to the ClusterRole of the release: what the operator makes for itself is deleted with it. Waits for an API server
 * that is not there yet; undefined when there is no such ClusterRole, or we may not read it: then nothing is owned. Throws the
 * signal's reason when that aborts.
 */
export async function findOwner(name: string, options: OwnerOptions): Promise<V1OwnerReference | undefined> {
  const { client, clock, random, logger, signal } = options
  const path = `/apis/${API_VERSION}/clusterroles/${encodeURIComponent(name)}`
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    try {
      const { metadata } = roleSchema.parse(await client.json({ path, signal }))
      return { apiVersion: API_VERSION, kind: 'ClusterRole', name: metadata.name, uid: metadata.uid }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.isNotFound || error.isRefusal) {
        logger.warn(
          `${error.message}; the webhook configuration will have no owner and has to be deleted by hand`,
        )
        return undefined
      }
      await sleep(clock, backoffMs(failures, WATCH_BACKOFF, random), signal)
    }
  }
}
