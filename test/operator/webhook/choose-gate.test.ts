import { describe, expect, test } from '@jest/globals'
import type { V1Pod } from '@kubernetes/client-node'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { inject } from '../../../operator/webhook/inject.ts'
import { gate, gates, OPTIONS, optIn, pod } from './fixtures.ts'

describe('which gate', () => {
  const byLabel = (name: string, label: string, more = {}): MetricGate =>
    gate(name, { selector: { matchLabels: { app: label } }, ...more })
  const selecting = { injection: 'Selector' as const }
  const AGGREGATED = { subsets: [{ name: 'few', aggregate: true }] }
  const labelled = { labels: { app: 'web' } }
  const several = Array.from({ length: 7 }, (_, index) => gate(`gate-${index}`))

  test.each<[string, V1Pod, MetricGate[], string, string | undefined]>([
    ['its name', pod(optIn('b')), [gate('a'), gate('b')], 'Annotation', 'b'],
    [
      'its name, although it selects others',
      pod(optIn('a'), labelled),
      [byLabel('a', 'db')],
      'Annotation',
      'a',
    ],
    ['"true": the only one', pod(optIn('true')), [gate('a')], 'Annotation', 'a'],
    [
      '"true": the only one, although it selects others',
      pod(optIn('true')),
      [byLabel('a', 'db')],
      'Annotation',
      'a',
    ],
    [
      '"true": the one that matches',
      pod(optIn('true'), labelled),
      [byLabel('a', 'db'), byLabel('b', 'web'), gate('c')],
      'Annotation',
      'b',
    ],
    [
      '"true": several match',
      pod(optIn('true'), labelled),
      [byLabel('a', 'web'), byLabel('b', 'web')],
      'SeveralGates',
      undefined,
    ],
    [
      '"true": several, none matches',
      pod(optIn('true'), labelled),
      [byLabel('a', 'db'), gate('b')],
      'SeveralGates',
      undefined,
    ],
    ['"true": none', pod(optIn('true')), [], 'NoGate', undefined],
    [
      '"true": none has sidecars',
      pod(optIn('true')),
      [byLabel('a', 'db', { mode: 'DNS' })],
      'NoGate',
      undefined,
    ],
    [
      '"false", for all that would match',
      pod(optIn('false'), labelled),
      [byLabel('a', 'web', selecting)],
      'OptedOut',
      undefined,
    ],
    [
      'none: the one that selects it',
      pod(undefined, labelled),
      [byLabel('a', 'web', selecting), gate('b')],
      'Selector',
      'a',
    ],
    [
      'none: several select it',
      pod(undefined, labelled),
      [byLabel('a', 'web', selecting), byLabel('b', 'web', selecting)],
      'SeveralGates',
      undefined,
    ],
    [
      'none: a selector that is for annotated pods',
      pod(undefined, labelled),
      [byLabel('a', 'web')],
      'NotOptedIn',
      undefined,
    ],
    ['none: nothing selects it', pod({}, labelled), [byLabel('a', 'db', selecting)], 'NotOptedIn', undefined],
    [
      'a name, while another gate selects it',
      pod(optIn('b'), labelled),
      [byLabel('a', 'web', selecting), gate('b')],
      'Annotation',
      'b',
    ],
    [
      'a name of another mode',
      pod(optIn('a')),
      [byLabel('a', 'web', { mode: 'DNS' })],
      'NoSidecars',
      undefined,
    ],
    [
      'a name of mode Subset',
      pod(optIn('a')),
      [byLabel('a', 'web', { mode: 'Subset', ...AGGREGATED })],
      'Annotation',
      'a',
    ],
    [
      'none: one that selects it, in mode DNS',
      pod(undefined, labelled),
      [byLabel('a', 'web', { ...selecting, mode: 'DNS' })],
      'NotOptedIn',
      undefined,
    ],
    ['a name that is not there', pod(optIn('later')), [gate('a')], 'UnknownGate', 'later'],
    ['something that is no name', pod(optIn('shop/a')), [gate('a')], 'InvalidAnnotation', undefined],
    ['nothing', pod(optIn('')), [gate('a')], 'InvalidAnnotation', undefined],
    ['a name too long for a gate', pod(optIn('a'.repeat(53))), [], 'InvalidAnnotation', undefined],
  ])('the annotation is %s', (_title, given, of, reason, label) => {
    const result = inject(given, gates(...of), OPTIONS)
    expect(result.reason).toBe(reason)
    expect(result.pod.metadata?.labels?.['metricgate.io/gate']).toBe(label)
  })

  test.each<[V1Pod, MetricGate[], string[]]>([
    [
      pod(optIn('true')),
      several,
      [
        'no sidecar: metricgate.io/inject is "true", but several MetricGates are there and no selector of theirs matches the pod: gate-0, gate-1, gate-2, gate-3, gate-4, and 2 more. Name one in metricgate.io/inject',
      ],
    ],
    [
      pod(undefined, labelled),
      [byLabel('b', 'web', selecting), byLabel('a', 'web', selecting)],
      [
        'no sidecar: several MetricGates with injection: Selector match the pod: a, b. Name one in metricgate.io/inject',
      ],
    ],
    [
      pod(optIn('true')),
      [],
      ['no sidecar: metricgate.io/inject is "true", but namespace "shop" has no MetricGate'],
    ],
    [
      pod(optIn('later')),
      [],
      [
        'there is no valid MetricGate "later" in namespace "shop": the sidecar answers scrapes with 503 until it gets a configuration',
      ],
    ],
    [
      pod(optIn('Yes')),
      [],
      [
        'no sidecar: metricgate.io/inject must be the name of a MetricGate in the namespace of the pod, "true" or "false"; it is "Yes"',
      ],
    ],
    [
      pod(optIn('a')),
      [byLabel('a', 'web', { mode: 'DNS' })],
      ['no sidecar: MetricGate "a" has mode DNS, in which pods need none'],
    ],
    [pod(undefined), several, []],
    [pod(optIn('false')), several, []],
  ])('the user is told why: case %#', (given, of, warnings) => {
    expect(inject(given, gates(...of), OPTIONS).warnings).toEqual(warnings)
  })

  test.each([
    ['later', 'injected', 'UnknownGate'],
    ['true', 'skipped', 'GatesUnknown'],
  ])('gates that cannot be read: "%s" is %s, with a warning', (annotation, outcome, reason) => {
    const result = inject(pod(optIn(annotation)), { namespace: 'shop', gates: undefined }, OPTIONS)
    expect(result).toMatchObject({
      outcome,
      reason,
      warnings: [expect.stringContaining('could not be read')],
    })
  })
})
