import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { validateGate } from '../../../operator/api/validate.ts'
import { gateWith, stored } from '../../crds/gates.ts'

/** A gate as the reconciler gets it: stored, checked, with defaults. */
export function checkedGate(spec: Record<string, unknown> = {}, name = 'shop'): MetricGate {
  const result = validateGate(stored(gateWith(spec, name)))
  if (!result.valid) throw new Error(`not a valid gate: ${JSON.stringify(result.errors)}`)
  return result.gate
}

const SELECTOR = { matchLabels: { app: 'shop' } }
/** The least that a gate of mode DNS says. */
export const DNS = { mode: 'DNS', selector: SELECTOR }
/** The least that a gate of mode Subset says. */
export const SUBSET = {
  mode: 'Subset',
  selector: SELECTOR,
  subsets: [{ name: 'requests', aggregate: true }],
}
