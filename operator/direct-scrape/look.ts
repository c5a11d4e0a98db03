import type { ConditionState } from '../api/conditions.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { ApiError } from '../kubernetes/api-error.ts'
import { type FoundScrapers, findScrapers, type ScrapeSurroundings } from './find.ts'
import { READ_AGAIN_MS } from './limits.ts'
import type { PodPorts } from './pod-ports.ts'
import { directScrapeCondition } from './report.ts'

/** What is to be said, and when to look again for what could not be learnt now. */
export interface Look {
  readonly condition: ConditionState
  readonly lookAgainMs: number | undefined
}

/** Looks for what scrapes the gate's pods past the gate; reads pods where their named ports decide. */
export async function lookForDirectScrapes(
  gate: MetricGate,
  surroundings: ScrapeSurroundings,
  hasMonitor: boolean,
  ports: PodPorts,
): Promise<Look> {
  const find = (): FoundScrapers => findScrapers(gate, surroundings, pod => ports.of(pod))
  let found = find()
  let failure: ApiError | undefined
  if (found.unknownPods.length > 0) {
    failure = await ports.read(found.unknownPods)
    found = find()
  }
  return {
    condition: directScrapeCondition(found, { hasMonitor, failure }),
    lookAgainMs: found.undecided.length > 0 ? READ_AGAIN_MS : undefined,
  }
}
