import { expect } from '@jest/globals'
import type { AnyObject } from '../../operator/controller/support/admin.ts'
import { condition, gateObject, named, type TestCluster } from '../../operator/controller/support/cluster.ts'
import { eventually } from '../../operator/controller/support/eventually.ts'
import { Gates, SPECS } from '../../operator/controller/support/modes.ts'

const PATIENCE_MS = 60_000
const GATE = 'web'
const AGGREGATOR_DEPLOYMENT = 'mg-aggregator-0-0-web'
const VALID = { ...SPECS.DNS, metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] }
const INVALID = { ...SPECS.DNS, metricRelabelings: [{ action: 'labeldrop', regex: '(' }] }

/** Moments in the life of a gate, in the order in which they come. */
export const MOMENTS = [
  'made before there is an operator',
  'its aggregator starts',
  'its aggregator does not start in time',
  'its aggregator runs after all',
  'changed while the operator is away',
  'the operator has followed',
  'the API server fails to take its configuration',
  'the API server takes it again',
  'changed to something invalid',
  'mended',
  'being deleted',
] as const
export type Moment = (typeof MOMENTS)[number]

/** The gate as the API server had it at each of its moments. */
export type Life = Readonly<Record<Moment, AnyObject>>

/** Takes one gate through its life on a cluster without an operator, whose CRD does not check gates. */
export async function live(cluster: TestCluster): Promise<Life> {
  const { admin } = cluster
  const gates = new Gates(cluster)
  const namespace = await cluster.namespace()
  const apply = (spec: Record<string, unknown>) => admin.apply(gateObject(namespace, GATE, spec))
  const now = () => gates.gate(namespace)
  const once = (type: string, state: string) =>
    eventually(async () => {
      const gate = await now()
      expect(condition(gate, type)).toBe(state)
      return gate
    }, PATIENCE_MS)
  const ready = async () => {
    await gates.becomesReady(namespace)
    return now()
  }

  await apply(SPECS.DNS)
  const made = await now()

  const first = await cluster.operator()
  const starts = await once('Reconciling', 'True AggregatorProgressing')
  await admin.merge(named.deployment(namespace, AGGREGATOR_DEPLOYMENT), {
    spec: { progressDeadlineSeconds: 1 },
  })
  const late = await once('Stalled', 'True AggregatorFailed')
  const runs = await ready()

  await first.stop()
  await apply(VALID)
  const changed = await now()
  await using _operator = await cluster.operator()
  const followed = await ready()

  const failure = refusingConfiguration(namespace)
  await admin.apply(failure)
  await apply({ ...VALID, scrapeTimeout: '5s' })
  const failing = await once('Reconciling', 'True Retrying')
  await admin.delete({ ...failure, name: failure.metadata.name })
  const taken = await ready()

  await apply(INVALID)
  const invalid = await once('Stalled', 'True Invalid')
  await apply(VALID)
  const mended = await ready()

  const ref = { apiVersion: mended.apiVersion ?? '', kind: mended.kind ?? '', namespace, name: GATE }
  await admin.merge(ref, { metadata: { finalizers: ['test.metricgate.io/hold'] } })
  await admin.delete(ref)
  const deleted = await now()
  await admin.merge(ref, { metadata: { finalizers: [] } })
  await eventually(async () => expect(await admin.get(ref)).toBeUndefined(), PATIENCE_MS)

  return {
    'made before there is an operator': made,
    'its aggregator starts': starts,
    'its aggregator does not start in time': late,
    'its aggregator runs after all': runs,
    'changed while the operator is away': changed,
    'the operator has followed': followed,
    'the API server fails to take its configuration': failing,
    'the API server takes it again': taken,
    'changed to something invalid': invalid,
    mended,
    'being deleted': deleted,
  }
}

/** A webhook that nobody serves, without which the API server takes no ConfigMap of the namespace: it answers 500, which may pass. */
function refusingConfiguration(namespace: string) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'unreachable' },
    webhooks: [
      {
        name: 'unreachable.metricgate.io',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['configmaps'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
    ],
  }
}
