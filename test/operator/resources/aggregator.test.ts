import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1Deployment, V1PodSpec } from '@kubernetes/client-node'
import { renderAggregator } from '../../../operator/resources/aggregator.ts'
import { renderAggregatorService } from '../../../operator/resources/aggregator-service.ts'
import { renderAggregatorConfigMap } from '../../../operator/resources/config-map.ts'
import { renderNetworkPolicy } from '../../../operator/resources/network-policy.ts'
import type { SidecarOptions } from '../../../operator/resources/sidecar.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'

const OPTIONS: SidecarOptions = { proxyImage: 'metricgate/proxy:1' }
const FIRST = { shard: 0, replica: 0 }

function deployment(
  spec: Record<string, unknown> = DNS,
  member = FIRST,
  options: SidecarOptions = OPTIONS,
): V1Deployment {
  return renderAggregator(checkedGate(spec), member, options)
}

function podOf({ spec }: V1Deployment): V1PodSpec {
  if (spec?.template.spec === undefined) throw new Error('the Deployment has no pod')
  return spec.template.spec
}

function containerOf(rendered: V1Deployment): V1Container {
  const [container] = podOf(rendered).containers
  if (container === undefined) throw new Error('the Deployment has no container')
  return container
}

describe('the Deployment of an aggregator', () => {
  test('runs one pod, and does not end it before the next one is ready', () => {
    expect(deployment().spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    })
  })

  test('reads the file of its shard, which is mounted as a directory so that it is seen to change', () => {
    const rendered = deployment(
      { ...SUBSET, aggregator: { shards: 3 }, proxy: { port: 9000 } },
      { shard: 2, replica: 0 },
    )
    const { args, volumeMounts } = containerOf(rendered)
    expect(args).toEqual(['/etc/metricgate/shard-2-of-3.yaml', '--port', '9000', '--wait-for-config'])
    expect(volumeMounts).toEqual([{ name: 'config', mountPath: '/etc/metricgate', readOnly: true }])
    expect(podOf(rendered).volumes).toEqual([{ name: 'config', configMap: { name: 'mg-aggregator-shop' } }])
  })

  test('can be scraped on a named port, and is asked there whether it lives and is ready', () => {
    expect(containerOf(deployment())).toMatchObject({
      ports: [{ name: 'metricgate', containerPort: 9464 }],
      livenessProbe: { httpGet: { path: '/_health', port: 'metricgate' } },
      readinessProbe: { httpGet: { path: '/_ready', port: 'metricgate' } },
    })
  })

  test('is admitted by Pod Security "restricted", and has no token for the API server', () => {
    expect(containerOf(deployment()).securityContext).toMatchObject({
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(podOf(deployment()).automountServiceAccountToken).toBe(false)
  })

  test.each([
    ['a user that base images do not have', undefined, { runAsUser: 64_650, runAsGroup: 64_650 }],
    ['the user that the operator is told', 1000, { runAsUser: 1000, runAsGroup: 1000 }],
    ['no user by name, if the image has the say', 'image', {}],
  ] as const)('has %s, and is not root', (_title, user, named) => {
    const rendered = deployment(DNS, FIRST, { ...OPTIONS, ...(user && { user }) })
    const { runAsUser: _, runAsGroup: __, ...others } = containerOf(deployment()).securityContext ?? {}
    expect(containerOf(rendered).securityContext).toStrictEqual({ ...others, ...named })
    expect(podOf(rendered).securityContext).toMatchObject({ runAsNonRoot: true })
    expect(podOf(rendered).securityContext).not.toHaveProperty('runAsUser')
  })

  test("has none of the operator's resources for sidecars, which are too little for many targets", () => {
    const resources = { limits: { memory: '32Mi' } }
    expect(deployment(DNS, FIRST, { ...OPTIONS, resources })).toEqual(deployment())
  })

  test('leaves a lost node after half a minute', () => {
    expect(podOf(deployment()).tolerations).toEqual(
      ['not-ready', 'unreachable'].map(condition => ({
        key: `node.kubernetes.io/${condition}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 30,
      })),
    )
  })

  test.each<[string, Record<string, unknown>, Partial<V1Container>]>([
    ["the operator's image", DNS, { image: 'metricgate/proxy:1' }],
    [
      "the gate's image and pull policy",
      { ...DNS, proxy: { image: 'own:2', imagePullPolicy: 'Always' } },
      { image: 'own:2', imagePullPolicy: 'Always' },
    ],
    [
      'resources of its own, not those of sidecars',
      {
        ...DNS,
        proxy: { resources: { limits: { cpu: 9 } } },
        aggregator: { resources: { limits: { cpu: 1 } } },
      },
      { resources: { limits: { cpu: '1' } } },
    ],
    [
      'resources for many targets, if nobody asks for others',
      DNS,
      { resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } } },
    ],
  ])('has %s', (_title, spec, part) => {
    expect(containerOf(deployment(spec))).toMatchObject(part)
  })
})

describe('what restarts an aggregator', () => {
  const template = (spec: Record<string, unknown>): unknown => deployment({ ...DNS, ...spec }).spec?.template

  test.each<[string, Record<string, unknown>]>([
    ['rules', { metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] }],
    ['targets', { targets: [{ port: 'other' }] }],
    ['how series are merged', { aggregation: { gauges: 'Max' } }],
    ['limits and timeouts', { limits: { onLimit: 'Fail' }, aggregator: { scrapeTimeout: '8s' } }],
    ['another replica', { aggregator: { replicas: 2 } }],
  ])('is not %s, which it reads anew', (_title, spec) => {
    expect(template(spec)).toEqual(template({}))
  })

  test('is another number of shards, so that all take their new share at once', () => {
    const [one, two] = [1, 2].map(shards => deployment({ ...SUBSET, aggregator: { shards } }).spec?.template)
    expect(two).not.toEqual(one)
  })

  test.each<[string, Record<string, unknown>]>([
    ['the image', { proxy: { image: 'other:1' } }],
    ['the port', { proxy: { port: 9000 } }],
    ['the resources', { aggregator: { resources: { limits: { memory: '2Gi' } } } }],
  ])('is %s', (_title, spec) => {
    expect(template(spec)).not.toEqual(template({}))
  })
})

describe('the pods of an aggregator', () => {
  const { metadata } = deployment().spec?.template ?? {}

  test('get no sidecar, whatever other gates select', () => {
    expect(metadata?.annotations).toEqual({ 'metricgate.io/inject': 'false' })
  })

  test('do not carry the label of pods with sidecars, which the Service of those selects', () => {
    expect(metadata?.labels).not.toHaveProperty('metricgate.io/gate')
  })

  test('carry no label that depends on the application, by which a gate would select its own aggregator', () => {
    const { 'app.kubernetes.io/name': name, ...others } = metadata?.labels ?? {}
    expect(name).toBe('metricgate')
    expect(Object.keys(others).filter(key => !key.startsWith('metricgate.io/'))).toEqual([
      'app.kubernetes.io/managed-by',
    ])
  })
})

describe('the Service of an aggregator', () => {
  const gate = checkedGate({ ...SUBSET, aggregator: { shards: 2, replicas: 2 } })
  const members = [0, 1].flatMap(shard => [0, 1].map(replica => ({ shard, replica })))

  test.each(members)('of shard $shard, led to replica $replica, selects the pods of that alone', serving => {
    const selector = renderAggregatorService(gate, serving).spec?.selector ?? {}
    const selected = members.filter(member => {
      const labels = renderAggregator(gate, member, OPTIONS).spec?.template.metadata?.labels ?? {}
      return Object.entries(selector).every(([key, value]) => labels[key] === value)
    })
    expect(selected).toEqual([serving])
  })

  test('says in a label to which replica it leads', () => {
    const { metadata } = renderAggregatorService(gate, { shard: 1, replica: 1 })
    expect(metadata).toMatchObject({ name: 'mg-aggregator-1-shop', labels: { 'metricgate.io/replica': '1' } })
  })

  test('keeps its name when it is led elsewhere', () => {
    const [one, other] = [0, 1].map(replica => renderAggregatorService(gate, { shard: 1, replica }).metadata)
    expect(other?.name).toBe(one?.name)
  })
})

test('the ConfigMap has a file for each shard', () => {
  const { data } = renderAggregatorConfigMap(checkedGate({ ...SUBSET, aggregator: { shards: 2 } }))
  expect(Object.keys(data ?? {})).toEqual(['shard-0-of-2.yaml', 'shard-1-of-2.yaml'])
})

describe('the NetworkPolicy', () => {
  test('of mode DNS lets out to the ports of the pods that the gate selects, and to DNS', () => {
    const gate = checkedGate({ ...DNS, targets: [{ port: 'http' }, { port: 9102 }] })
    expect(renderNetworkPolicy(gate).spec).toEqual({
      podSelector: { matchLabels: { 'metricgate.io/aggregator': 'shop' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'metricgate', protocol: 'TCP' }] }],
      egress: [
        {
          to: [{ podSelector: { matchLabels: { app: 'shop' } } }],
          ports: [
            { port: 'http', protocol: 'TCP' },
            { port: 9102, protocol: 'TCP' },
          ],
        },
        {
          ports: [53, 5353].flatMap(port => [
            { port, protocol: 'UDP' },
            { port, protocol: 'TCP' },
          ]),
        },
      ],
    })
  })

  test('of mode Subset lets out to the sidecars', () => {
    const { egress } = renderNetworkPolicy(checkedGate(SUBSET)).spec ?? {}
    expect(egress?.[0]).toEqual({
      to: [{ podSelector: { matchLabels: { 'metricgate.io/gate': 'shop' } } }],
      ports: [{ port: 'metricgate', protocol: 'TCP' }],
    })
  })
})
