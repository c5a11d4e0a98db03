import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { Admin, type AnyObject } from '../operator/controller/support/admin.ts'
import {
  condition,
  gateObject,
  OWN_ACCOUNT,
  refs,
  TestCluster,
} from '../operator/controller/support/cluster.ts'
import { eventually } from '../operator/controller/support/eventually.ts'

jest.setTimeout(300_000)

const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'metricgate',
}

let cluster: TestCluster
let namespace: string

beforeAll(async () => {
  cluster = await TestCluster.start()
  namespace = await cluster.namespace()
  for (const file of ['gate-policy.yaml', 'operator-policy.yaml']) {
    const text = readFileSync(new URL(`../../examples/security/${file}`, import.meta.url), 'utf8')
    for (const document of parseAllDocuments(text)) await cluster.admin.apply(document.toJS() as AnyObject)
  }
  await inForce()
})

afterAll(() => cluster.stop())

/** API servers notice a new policy after a moment. */
async function inForce(): Promise<void> {
  const operator = await asOperator()
  await eventually(async () => {
    const gate = gateObject(namespace, 'probe', { proxy: { image: 'elsewhere/proxy:1' } })
    await expect(cluster.admin.dryRun(gate)).rejects.toThrow(/must be of registry\.example/)
    await expect(operator.apply(webhook([''], ['secrets']))).rejects.toThrow(/new pods alone/)
  })
  // What was let pass before.
  await cluster.admin.delete(WEBHOOK)
}

async function asOperator(): Promise<Admin> {
  const { namespace: own, name } = OWN_ACCOUNT
  return new Admin(await cluster.controlPlane.serviceAccountConfig(own, name))
}

function webhook(apiGroups: readonly string[], resources: readonly string[]): AnyObject {
  const rule = { operations: ['CREATE'], apiGroups, apiVersions: ['v1'], resources, scope: '*' }
  return {
    apiVersion: WEBHOOK.apiVersion,
    kind: WEBHOOK.kind,
    metadata: { name: WEBHOOK.name },
    webhooks: [
      {
        name: 'wide.metricgate.io',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [rule],
      },
    ],
  }
}

const http = { url: 'https://policies.example/v1/policy/sync' }
const secret = { secretKeyRef: { name: 'database', key: 'password' } }

describe('gate-policy.yaml', () => {
  test.each([
    { spec: {}, accepted: true },
    { spec: { proxy: { image: 'registry.example/metricgate/proxy:1' } }, accepted: true },
    { spec: { proxy: { image: 'elsewhere/proxy:1' } }, accepted: false },
    { spec: { policyProviders: [{ configMap: { name: 'team', key: 'policies.yaml' } }] }, accepted: true },
    { spec: { policyProviders: [{ http }] }, accepted: true },
    { spec: { policyProviders: [{ http: { url: 'https://evil.example/' } }] }, accepted: false },
    {
      spec: { policyProviders: [{ http: { ...http, headers: [{ name: 'X-Team', value: 'shop' }] } }] },
      accepted: true,
    },
    {
      spec: { policyProviders: [{ http: { ...http, headers: [{ name: 'X', valueFrom: secret }] } }] },
      accepted: false,
    },
  ])('$spec: accepted: $accepted', async ({ spec, accepted }) => {
    const creation = cluster.admin.dryRun(gateObject(namespace, 'some', spec))
    if (accepted) await creation
    else await expect(creation).rejects.toThrow(/metricgate-restricted/)
  })

  test('a namespace that is trusted may do all of it', async () => {
    const metadata = { name: 'trusted', labels: { 'metricgate-policy': 'trusted' } }
    await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata })
    await cluster.admin.dryRun(gateObject('trusted', 'some', { proxy: { image: 'elsewhere/proxy:1' } }))
  })
})

describe('operator-policy.yaml', () => {
  test('the operator works as ever', async () => {
    await using _ = await cluster.operator()
    const spec = { injection: 'Selector', selector: { matchLabels: { app: 'web' } } }
    await cluster.admin.apply(gateObject(namespace, 'web', spec))
    await eventually(async () => {
      const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
      expect(condition(gate, 'Ready')).toBe('True Reconciled')
      const { webhooks } = await cluster.admin.expect(WEBHOOK)
      expect(webhooks).toHaveLength(2)
    })
  })

  test.each([
    { apiGroups: [''], resources: ['secrets'] },
    { apiGroups: [''], resources: ['pods', 'secrets'] },
    { apiGroups: ['*'], resources: ['*'] },
  ])('it cannot make its webhook one of $resources', async ({ apiGroups, resources }) => {
    const operator = await asOperator()
    await expect(operator.apply(webhook(apiGroups, resources), 'metricgate-operator')).rejects.toThrow(
      /new pods alone/,
    )
  })

  test('an administrator can', async () => {
    await cluster.admin.dryRun({ ...webhook([''], ['secrets']), metadata: { name: 'of-somebody-else' } })
  })
})
