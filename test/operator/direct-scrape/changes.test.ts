import { describe, expect, test } from '@jest/globals'
import {
  namespacesOfMonitor,
  namespacesOfService,
  type ScrapeView,
} from '../../../operator/controller/scrape-changes.ts'
import type { Shared } from '../../../operator/controller/shared.ts'
import type { MonitorFacts } from '../../../operator/direct-scrape/monitor.ts'
import type { ServiceFacts } from '../../../operator/direct-scrape/service.ts'
import type { Change } from '../../../operator/kubernetes/store.ts'
import { watchedGate } from '../controller/support/watched.ts'
import { pod, podMonitor, service, serviceMonitor } from './objects.ts'

function shared<T>(facts: T, namespace = 'default'): Shared<T> {
  return { metadata: { name: 'any', namespace, resourceVersion: '1' }, owned: undefined, facts }
}

/** A gate, a Service and a pod in namespace "default"; `monitors`: what looks there. */
function view({
  gates = true,
  monitors = [],
}: {
  gates?: boolean
  monitors?: readonly MonitorFacts[]
} = {}): ScrapeView {
  const here = (namespace: string): boolean => namespace === 'default'
  return {
    allGates: () => (gates ? [watchedGate()] : []),
    pods: namespace => (here(namespace) ? [pod()] : []),
    services: namespace => (here(namespace) ? [shared(service().facts)] : []),
    monitors: namespace => (here(namespace) ? monitors : []),
  }
}

describe('a monitor that comes concerns a namespace', () => {
  const others = { selector: { matchLabels: { app: 'db' } } }
  const elsewhere = { namespaceSelector: {} }
  const ofGate = { ...serviceMonitor({}), ofGate: true }

  test.each<{ of: string; facts: MonitorFacts; found: boolean }>([
    { of: 'if it selects a Service there', facts: serviceMonitor({}), found: true },
    { of: 'if it selects a pod there', facts: podMonitor({}), found: true },
    { of: 'but not if it selects other Services', facts: serviceMonitor({}, others), found: false },
    { of: 'but not if it selects other pods', facts: podMonitor({}, others), found: false },
    { of: 'but not if it looks elsewhere', facts: serviceMonitor({}, elsewhere), found: false },
    { of: "but not if it is a gate's", facts: ofGate, found: false },
  ])('$of', ({ facts, found }) => {
    const change = { type: 'added', object: shared(facts, 'monitoring') } as const
    expect(namespacesOfMonitor(change, view())).toEqual(found ? ['default'] : [])
  })

  test('but not if there is no gate', () => {
    const change = { type: 'added', object: shared(podMonitor({})) } as const
    expect(namespacesOfMonitor(change, view({ gates: false }))).toEqual([])
  })

  test('that it looked into before, if it changes or goes', () => {
    const [before, object] = [shared(podMonitor({})), shared(podMonitor({}, others))]
    expect(namespacesOfMonitor({ type: 'updated', before, object }, view())).toEqual(['default'])
    expect(namespacesOfMonitor({ type: 'deleted', object: before }, view())).toEqual(['default'])
  })

  test('but not if it only becomes another version', () => {
    const [before, object] = [shared(podMonitor({})), shared(podMonitor({}))]
    expect(namespacesOfMonitor({ type: 'updated', before, object }, view())).toEqual([])
  })
})

describe('a Service concerns its namespace', () => {
  const annotated = service({ annotations: { 'prometheus.io/scrape': 'true' } }).facts
  const plain = service().facts
  const monitors = [serviceMonitor({})]

  test.each<{ of: string; change: Change<Shared<ServiceFacts>>; monitors?: MonitorFacts[]; found: boolean }>([
    { of: 'if it is annotated', change: { type: 'added', object: shared(annotated) }, found: true },
    {
      of: 'if a monitor selects it',
      change: { type: 'added', object: shared(plain) },
      monitors,
      found: true,
    },
    { of: 'but not if nobody asks for it', change: { type: 'added', object: shared(plain) }, found: false },
    {
      of: 'but not if only pods are asked for',
      change: { type: 'added', object: shared(plain) },
      monitors: [podMonitor({})],
      found: false,
    },
    {
      of: 'but not if it has no pods',
      change: { type: 'added', object: shared({ ...annotated, selector: {} }) },
      found: false,
    },
    {
      of: 'if it was annotated',
      change: { type: 'updated', before: shared(annotated), object: shared(plain) },
      found: true,
    },
    { of: 'if it goes', change: { type: 'deleted', object: shared(annotated) }, found: true },
    {
      of: 'but not if nothing of that has changed',
      change: { type: 'updated', before: shared(annotated), object: shared(annotated) },
      found: false,
    },
  ])('$of', ({ change, monitors = [], found }) => {
    expect(namespacesOfService(change, view({ monitors }))).toEqual(found ? ['default'] : [])
  })
})
