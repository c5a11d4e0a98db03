import { matchesLabels } from '../webhook/label-selector.ts'
import { looksInto, type MonitorFacts } from './monitor.ts'
import type { ServiceFacts } from './service.ts'

type Labels = Readonly<Record<string, string>>

/** Labels of what there is in a namespace that monitors can select. */
export interface Selectable {
  readonly services: () => Iterable<Labels>
  readonly pods: () => Iterable<Labels>
}

/**
 * May a gate of the namespace be scraped otherwise because this monitor came, went or changed? Only if it selects a Service, or a
 * pod, there: a monitor over all namespaces must not make every gate look.
 */
export function monitorConcerns(
  monitor: MonitorFacts,
  namespace: string,
  { services, pods }: Selectable,
): boolean {
  if (monitor.ofGate || !looksInto(monitor, namespace)) return false
  const candidates = monitor.kind === 'ServiceMonitor' ? services() : pods()
  for (const labels of candidates) if (matchesLabels(monitor.selector, labels)) return true
  return false
}

/** May a gate of the namespace be scraped otherwise because this Service came, went or changed? `monitors`: those that look there. */
export function serviceConcerns(service: ServiceFacts, monitors: Iterable<MonitorFacts>): boolean {
  if (Object.keys(service.selector).length === 0) return false
  if (Object.keys(service.annotations).length > 0) return true
  for (const { kind, selector } of monitors) {
    if (kind === 'ServiceMonitor' && matchesLabels(selector, service.labels)) return true
  }
  return false
}
