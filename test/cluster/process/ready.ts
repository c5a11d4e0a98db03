import { ClusterError } from '../errors.ts'
import { eventually } from '../eventually.ts'
import type { SupervisedProcess } from './supervision.ts'

const TIMEOUT_MS = 60_000

/**
 * Waits until `probe` says that what a process has to do is done; an error that it throws means "not yet".
 * @param what completes the sentence "waited 60 s for …"
 * @throws ClusterError E_PROGRAM with the end of its log when the process ends first, E_TIMEOUT after a minute
 */
export async function untilReady(
  process: SupervisedProcess,
  what: string,
  probe: () => Promise<boolean>,
): Promise<void> {
  const ended = process.exited.then(() => 'ended' as const)
  const state = await eventually(what, () => Promise.race([ended, probe()]), { timeoutMs: TIMEOUT_MS })
  if (state !== 'ended') return
  throw new ClusterError(
    'E_PROGRAM',
    `${process.name} ended with ${await process.exited}:\n${await process.logTail()}`,
  )
}
