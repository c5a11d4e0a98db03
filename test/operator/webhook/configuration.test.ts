import { describe, expect, test } from '@jest/globals'
import type { V1MutatingWebhook } from '@kubernetes/client-node'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import {
  isLeftOut,
  type WebhookAddress,
  webhookConfiguration,
} from '../../../operator/webhook/configuration.ts'
import { SELECTOR_ENTRIES_MAX } from '../../../operator/webhook/limits.ts'
import { gate } from './fixtures.ts'

const SERVICE: WebhookAddress = {
  service: { namespace: 'metricgate-system', name: 'metricgate-webhook', port: 443 },
}
const SELECTOR = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' as const }],
}

function webhooks(
  gates: MetricGate[],
  address = SERVICE,
  watchNamespaces: string[] = [],
  authorities = 'PEM',
): V1MutatingWebhook[] {
  const options = {
    configurationName: 'metricgate',
    address,
    authorities,
    namespace: 'metricgate-system',
    watchNamespaces,
    gates,
  }
  return webhookConfiguration(options).webhooks ?? []
}

const ALLOWED_NAMESPACES = [
  { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'metricgate-system'] },
  { key: 'metricgate.io/injection', operator: 'NotIn', values: ['disabled'] },
]
const HAS_ANNOTATION =
  "has(object.metadata.annotations) && 'metricgate.io/inject' in object.metadata.annotations"

describe('the configuration', () => {
  test('has one entry, for annotated pods, that never keeps a pod out', () => {
    expect(webhooks([])).toEqual([
      {
        name: 'pods.metricgate.io',
        admissionReviewVersions: ['v1'],
        clientConfig: {
          service: { namespace: 'metricgate-system', name: 'metricgate-webhook', port: 443, path: '/mutate' },
          caBundle: Buffer.from('PEM').toString('base64'),
        },
        rules: [
          {
            operations: ['CREATE'],
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['pods'],
            scope: 'Namespaced',
          },
        ],
        namespaceSelector: { matchExpressions: ALLOWED_NAMESPACES },
        objectSelector: {},
        matchConditions: [
          {
            name: 'opted-in',
            expression: `${HAS_ANNOTATION} && object.metadata.annotations['metricgate.io/inject'] != 'false'`,
          },
        ],
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 5,
      },
    ])
  })

  test('has an entry for each gate with injection: Selector, for the pods of its namespace without the annotation', () => {
    const [annotated, selected, ...others] = webhooks([
      gate('shop', { injection: 'Selector', selector: SELECTOR }),
    ])
    expect(others).toEqual([])
    expect(selected).toEqual({
      ...annotated,
      name: 'shop.shop.pods.metricgate.io',
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop'] },
          ...ALLOWED_NAMESPACES,
        ],
      },
      objectSelector: SELECTOR,
      matchConditions: [{ name: 'not-annotated', expression: `!(${HAS_ANNOTATION})` }],
    })
  })

  test('has no entry for gates without sidecars or without injection: Selector', () => {
    const selector = { matchLabels: { app: 'web' } }
    const dns = gate('a', { mode: 'DNS', injection: 'Selector', selector })
    expect(webhooks([dns, gate('b', { selector: SELECTOR })])).toHaveLength(1)
  })

  test('is about the watched namespaces alone, where there are some', () => {
    const [annotated, selected] = webhooks(
      [gate('shop', { injection: 'Selector', selector: SELECTOR })],
      SERVICE,
      ['shop', 'bank'],
    )
    const isNamed = (...values: string[]) => ({
      key: 'kubernetes.io/metadata.name',
      operator: 'In',
      values,
    })
    expect(annotated?.namespaceSelector?.matchExpressions).toEqual([
      isNamed('shop', 'bank'),
      ...ALLOWED_NAMESPACES,
    ])
    expect(selected?.namespaceSelector?.matchExpressions).toEqual([isNamed('shop'), ...ALLOWED_NAMESPACES])
  })

  test('has one entry for all of them when there are many, and stays small enough for etcd', () => {
    const bundle = 'x'.repeat(4 * 1024)
    const selecting = (count: number): MetricGate[] =>
      Array.from({ length: count }, (_, index) =>
        gate(
          `gate-${index}`,
          { injection: 'Selector', selector: SELECTOR },
          index % 2 === 0 ? 'bank' : 'shop',
        ),
      )
    const most = webhooks(selecting(SELECTOR_ENTRIES_MAX), SERVICE, [], bundle)
    expect(most).toHaveLength(SELECTOR_ENTRIES_MAX + 1)
    expect(JSON.stringify(most).length).toBeLessThan(1.5 * 2 ** 20)

    const [annotated, all, ...others] = webhooks(selecting(SELECTOR_ENTRIES_MAX + 1))
    expect(others).toEqual([])
    expect(all).toEqual({
      ...annotated,
      name: 'selected.pods.metricgate.io',
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['bank', 'shop'] },
          ...ALLOWED_NAMESPACES,
        ],
      },
      matchConditions: [{ name: 'not-annotated', expression: `!(${HAS_ANNOTATION})` }],
    })
  })

  test('does not depend on the order of the gates', () => {
    const selecting = { injection: 'Selector' as const, selector: SELECTOR }
    const [a, b, c] = [gate('a', selecting, 'two'), gate('b', selecting, 'one'), gate('a', selecting, 'one')]
    expect(webhooks([a, b, c])).toEqual(webhooks([c, a, b]))
    expect(webhooks([a, b, c]).map(({ name }) => name)).toEqual([
      'pods.metricgate.io',
      'a.one.pods.metricgate.io',
      'b.one.pods.metricgate.io',
      'a.two.pods.metricgate.io',
    ])
  })

  test.each(['https://127.0.0.1:8443', 'https://127.0.0.1:8443/', 'https://127.0.0.1:8443/anything'])(
    'may lead to %s',
    url => {
      expect(webhooks([], { url })[0]?.clientConfig).toEqual({
        url: 'https://127.0.0.1:8443/mutate',
        caBundle: 'UEVN',
      })
    },
  )

  test('belongs to its owner, if it has one', () => {
    const owner = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      name: 'metricgate',
      uid: '1',
    }
    const options = {
      configurationName: 'metricgate',
      address: SERVICE,
      authorities: 'PEM',
      namespace: 'metricgate-system',
      watchNamespaces: [],
      gates: [],
    }
    expect(webhookConfiguration({ ...options, owner }).metadata?.ownerReferences).toEqual([owner])
    expect(webhookConfiguration(options).metadata).not.toHaveProperty('ownerReferences')
  })
})

test.each([
  { name: 'shop', labels: {}, leftOut: false },
  { name: 'shop', labels: { 'metricgate.io/injection': 'enabled' }, leftOut: false },
  { name: 'shop', labels: { 'metricgate.io/injection': 'disabled' }, leftOut: true },
  { name: 'kube-system', labels: {}, leftOut: true },
  { name: 'metricgate-system', labels: {}, leftOut: true },
])('namespace $name with labels $labels is left out: $leftOut', ({ name, labels, leftOut }) => {
  expect(isLeftOut(name, labels, 'metricgate-system')).toBe(leftOut)
})
