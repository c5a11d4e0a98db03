import { monitorConcerns, serviceConcerns } from '../direct-scrape/concerned.ts'
import type { MonitorFacts } from '../direct-scrape/monitor.ts'
import type { Change } from '../kubernetes/store.ts'
import { changedFacts, type WatchedMonitor, type WatchedService } from './shared.ts'
import type { WatchedGate, WatchedPod } from './watched.ts'

type Labels = Readonly<Record<string, string>>

/** What is known of the cluster that such changes are held against. */
export interface ScrapeView {
  allGates(): Iterable<WatchedGate>
  pods(namespace: string): Iterable<WatchedPod>
  services(namespace: string): Iterable<WatchedService>
  monitors(namespace: string): Iterable<MonitorFacts>
}

/** The namespaces in which gates may be scraped otherwise since a Service changed. */
export function namespacesOfService(change: Change<WatchedService>, view: ScrapeView): string[] {
  const { namespace } = change.object.metadata
  const isConcerned = changedFacts(change).some(facts => serviceConcerns(facts, view.monitors(namespace)))
  return isConcerned ? [namespace] : []
}

/** The same of a monitor, which may look into many namespaces. */
export function namespacesOfMonitor(change: Change<WatchedMonitor>, view: ScrapeView): string[] {
  const states = changedFacts(change).filter(({ ofGate }) => !ofGate)
  if (states.length === 0) return []
  const namespaces = new Set(Array.from(view.allGates(), ({ metadata }) => metadata.namespace))
  return [...namespaces].filter(namespace => {
    const selectable = {
      services: () => labelsOf(view.services(namespace), ({ facts }) => facts.labels),
      pods: () => labelsOf(view.pods(namespace), ({ metadata }) => metadata.labels),
    }
    return states.some(facts => monitorConcerns(facts, namespace, selectable))
  })
}

function* labelsOf<T>(objects: Iterable<T>, of: (object: T) => Labels): Generator<Labels, void> {
  for (const object of objects) yield of(object)
}
