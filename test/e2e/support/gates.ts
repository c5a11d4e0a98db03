import type { AnyObject } from '../../operator/controller/support/admin.ts'
import type { Stage } from './stage.ts'

const API_VERSION = 'metricgate.io/v1alpha1'

/** A gate. */
export function gate(name: string, spec: Readonly<Record<string, unknown>>): AnyObject {
  return { apiVersion: API_VERSION, kind: 'MetricGate', metadata: { name }, spec }
}

/** What is read of the status of a gate. */
export interface GateStatus {
  readonly pods?: { readonly matched: number; readonly injected: number; readonly outdated: number }
  readonly targets?: { readonly resolved: number; readonly ready: number }
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

/** The status of a gate of the story, empty as long as there is none. */
export async function gateStatus(stage: Stage, name: string): Promise<GateStatus> {
  const { namespace } = stage
  const found = await stage.admin.expect({ apiVersion: API_VERSION, kind: 'MetricGate', namespace, name })
  return found.status ?? {}
}

/** `True`, `False` or `Unknown`; undefined where the status has no such condition. */
export function conditionOf({ conditions }: GateStatus, type: string): string | undefined {
  return conditions?.find(candidate => candidate.type === type)?.status
}
