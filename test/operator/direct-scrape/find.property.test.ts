import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { findScrapers } from '../../../operator/direct-scrape/find.ts'
import { looksInto, readMonitorFacts } from '../../../operator/direct-scrape/monitor.ts'
import { readServiceFacts } from '../../../operator/direct-scrape/service.ts'
import { validGate } from '../controller/support/watched.ts'
import { pod } from './objects.ts'
import {
  type MonitorModel,
  type PodModel,
  type Scrape,
  type ServiceModel,
  scrape,
  scrapesOfMonitor,
  scrapesOfPod,
  scrapesOfService,
} from './prometheus.ts'

const NUMBERS = [8080, 9090, 7070]
const NAMES = ['web', 'metrics']
const PATHS = ['/metrics', '/other']

const labels = fc.record(
  { app: fc.constantFrom('web', 'db'), tier: fc.constantFrom('a', 'b') },
  { requiredKeys: [] },
)
const number = fc.constantFrom(...NUMBERS)
const name = fc.constantFrom(...NAMES)
const anyPort = fc.oneof(number, name)
const annotations = fc.record(
  {
    'prometheus.io/scrape': fc.constantFrom('true', 'false'),
    'prometheus.io/port': fc.constantFrom('8080', '9090', 'web'),
    'prometheus.io/path': fc.constantFrom(...PATHS),
  },
  { requiredKeys: [] },
)

/** Pods declare the same three ports; which of them has which name differs. */
const pods: fc.Arbitrary<PodModel[]> = fc.array(
  fc
    .record({ labels, annotations, numbers: fc.shuffledSubarray(NUMBERS, { minLength: 3 }) })
    .map(({ numbers, ...rest }) => ({
      ...rest,
      name: '',
      ports: numbers.map((of, index) => ({ number: of, name: NAMES[index] ?? '' })),
    })),
  { maxLength: 3 },
)

const services: fc.Arbitrary<ServiceModel[]> = fc.array(
  fc.record({
    name: fc.constant(''),
    labels,
    annotations,
    selector: labels,
    ports: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('one', 'two'),
        port: number,
        targetPort: fc.option(anyPort, { nil: undefined }),
      }),
      { selector: port => port.name, maxLength: 2 },
    ),
  }),
  { maxLength: 3 },
)

const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(fc.constantFrom('web', 'a'), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)

const monitors: fc.Arbitrary<MonitorModel[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('ServiceMonitor' as const, 'PodMonitor' as const),
    name: fc.constant(''),
    namespace: fc.constantFrom('default', 'monitoring'),
    namespaceSelector: fc.constantFrom(
      undefined,
      {},
      { any: true },
      { matchNames: [] },
      { matchNames: ['default', 'other'] },
      { matchNames: ['other'] },
    ),
    selector: fc.record(
      { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) },
      { requiredKeys: [] },
    ),
    endpoints: fc.array(
      fc.record(
        {
          port: fc.constantFrom('one', 'two', 'web', 'metrics', ''),
          portNumber: fc.oneof(number, fc.constant(0)),
          targetPort: fc.oneof(anyPort, fc.constant(0)),
          path: fc.constantFrom(...PATHS, ''),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
  }),
  { maxLength: 3 },
)

const targets = fc.uniqueArray(fc.record({ port: anyPort, path: fc.constantFrom(...PATHS) }), {
  selector: ({ port, path }) => `${port} ${path}`,
  minLength: 1,
  maxLength: 3,
})

function numbered<T extends { readonly name: string }>(objects: readonly T[], prefix: string): T[] {
  return objects.map((object, index) => ({ ...object, name: `${prefix}-${index}` }))
}

test('whatever a Prometheus would scrape of what the gate reads is found, and nothing else', () => {
  const around = fc.record({ targets, pods, services, monitors })
  fc.assert(
    fc.property(around, ({ targets, ...models }) => {
      const pods = numbered(models.pods, 'pod')
      const services = numbered(models.services, 'service')
      const monitors = numbered(models.monitors, 'monitor')

      const read = new Set(
        pods.flatMap(({ name, ports }) =>
          targets.flatMap(({ port, path }) =>
            ports
              .filter(of => of.name === port || of.number === port)
              .map(of => scrape(name, of.number, path)),
          ),
        ),
      )
      const isDirect = (scrapes: ReadonlySet<Scrape>): boolean => [...scrapes].some(it => read.has(it))
      const expected = [
        ...monitors
          .filter(monitor => isDirect(scrapesOfMonitor(monitor, pods, services)))
          .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
        ...services.filter(of => isDirect(scrapesOfService(of, pods))).map(({ name }) => `Service ${name}`),
        ...pods.filter(of => isDirect(scrapesOfPod(of))).map(({ name }) => `pod ${name}`),
      ]

      const found = findScrapers(
        validGate({ targets }),
        {
          pods: pods.map(of => pod({ ...of, injected: false, owner: '' })),
          services: services.map(({ name, labels, annotations, ...spec }) => ({
            name,
            facts: readServiceFacts({ metadata: { labels, annotations }, spec }),
          })),
          monitors: monitors
            .map(({ kind, name, namespace, endpoints, ...spec }) =>
              readMonitorFacts(kind, {
                metadata: { name, namespace },
                spec: { ...spec, endpoints, podMetricsEndpoints: endpoints },
              }),
            )
            .filter(facts => looksInto(facts, 'default')),
        },
        ({ metadata }) =>
          new Map(pods.find(of => of.name === metadata.name)?.ports.map(of => [of.name, of.number])),
      )
      expect([...new Set(found.direct.map(of => of.name))].sort()).toEqual(expected.sort())
      expect([found.undecided, found.throughGate, found.unknownPods]).toEqual([[], [], []])
    }),
    { numRuns: 1_000 },
  )
})
