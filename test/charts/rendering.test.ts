import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { ROOT } from '../../charts/generated.ts'
import { type OperatorOptions, parseOptions } from '../../operator/options.ts'
import { type Helm, resolveHelm } from '../cluster/index.ts'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { INSTALLATIONS } from './support/installations.ts'
import { objectsOf, ofKind, render, theOnly, type Values } from './support/render.ts'

/** Enough for a machine that has to build Helm first. */
const BUILD_TIMEOUT_MS = 1_800_000

/** A rendering takes a tenth of a second of a processor that is free. */
jest.setTimeout(300_000)

/** What Helm may know of a cluster; it must not matter, or `helm template` and Argo CD would not give what is installed. */
const ELSEWHERE = [
  '--kube-version=1.33.0',
  '--api-versions=monitoring.coreos.com/v1',
  '--api-versions=cert-manager.io/v1',
  '--is-upgrade',
]
const CLUSTER_SCOPED = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition']

let helm: Helm

beforeAll(async () => {
  helm = await resolveHelm()
}, BUILD_TIMEOUT_MS)

function optionsOf(deployment: AnyObject): OperatorOptions {
  const [container] = deployment.spec.template.spec.containers
  const command = parseOptions(container.args, { POD_NAMESPACE: deployment.metadata?.namespace }, '0.0.0')
  if (command.kind !== 'run') throw new Error(`${container.args} runs nothing`)
  return command.options
}

function namesOf(objects: readonly AnyObject[], kind: string): (string | undefined)[] {
  return ofKind(objects, kind).map(({ metadata }) => metadata?.name)
}

describe.each(INSTALLATIONS)('$title', installation => {
  let text: string
  let objects: AnyObject[]
  let deployment: AnyObject
  let pod: AnyObject

  beforeAll(async () => {
    text = await render(helm, installation)
    objects = objectsOf(text)
    deployment = theOnly(objects, 'Deployment')
    pod = deployment.spec.template
  })

  test('renders to the same bytes again, for any cluster, and for an upgrade', async () => {
    expect(await render(helm, installation, ...ELSEWHERE)).toBe(text)
  })

  test('has no key twice, and means the same to readers of YAML 1.1, as those of Kubernetes are', () => {
    const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true })
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(documents.map(document => document.toJS())).toEqual(objects)
  })

  test('has texts where Kubernetes wants names', () => {
    const references = [...objects, pod].flatMap(({ metadata }) => [
      metadata?.name ?? '',
      metadata?.namespace ?? '',
      ...Object.values(metadata?.labels ?? {}),
    ])
    const names = [
      pod.spec.serviceAccountName,
      ...ofKind(objects, 'Role').flatMap(({ rules }) =>
        rules.flatMap((rule: AnyObject) => rule.resourceNames ?? []),
      ),
      ...ofKind(objects, 'RoleBinding').flatMap(({ subjects, roleRef }) => [
        roleRef.name,
        subjects[0].name,
        subjects[0].namespace,
      ]),
    ]
    expect([...references, ...names].filter(name => typeof name !== 'string')).toEqual([])
  })

  test('has no object twice, and says the namespace of those that have one', () => {
    const identities = objects.map(({ kind, metadata }) => `${kind} ${metadata?.namespace} ${metadata?.name}`)
    expect(new Set(identities).size).toBe(identities.length)
    const withoutNamespace = objects.filter(({ metadata }) => metadata?.namespace === undefined)
    expect(withoutNamespace.filter(({ kind }) => !CLUSTER_SCOPED.includes(kind ?? ''))).toEqual([])
  })

  test('starts the operator with a command line that it understands, and that names what is there', () => {
    const options = optionsOf(deployment)
    expect(namesOf(objects, 'Service')).toContain(options['webhook-service'])
    const owner = options['owner-cluster-role']
    if (ofKind(objects, 'ClusterRoleBinding').length > 0)
      expect(namesOf(objects, 'ClusterRole')).toContain(owner)
    else expect(owner).toBeUndefined()
  })

  test('declares the ports on which the operator listens', () => {
    const options = optionsOf(deployment)
    expect(pod.spec.containers[0].ports).toEqual([
      { name: 'webhook', containerPort: options['webhook-port'] },
      { name: 'metrics', containerPort: options['metrics-port'] },
    ])
  })

  test('selects the pods of the operator wherever pods are selected', () => {
    const selectors = [
      deployment.spec.selector.matchLabels,
      ...ofKind(objects, 'Service').map(({ spec }) => spec.selector),
      ...ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
      ...ofKind(objects, 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
    ]
    expect(selectors.length).toBeGreaterThanOrEqual(3)
    for (const selector of selectors) expect(pod.metadata?.labels).toMatchObject(selector)
  })

  test('leads each Service to a port of the pod', () => {
    const ports = pod.spec.containers[0].ports.map(({ name }: { name: string }) => name)
    for (const { spec } of ofKind(objects, 'Service')) expect(ports).toContain(spec.ports[0].targetPort)
  })

  test('binds roles that it makes to the account of the pods', () => {
    const bindings = [...ofKind(objects, 'RoleBinding'), ...ofKind(objects, 'ClusterRoleBinding')]
    const account = {
      kind: 'ServiceAccount',
      name: pod.spec.serviceAccountName,
      namespace: deployment.metadata?.namespace,
    }
    for (const { metadata, roleRef, subjects } of bindings) {
      expect(subjects).toEqual([account])
      const roles = ofKind(objects, roleRef.kind).filter(
        role => role.metadata?.namespace === metadata?.namespace,
      )
      expect(roles.map(role => role.metadata?.name)).toContain(roleRef.name)
    }
  })

  test('has the same labels on every object and on the pods', () => {
    const common = Object.keys(installation.values.commonLabels ?? {})
    const labels = {
      'app.kubernetes.io/name': 'metricgate',
      'app.kubernetes.io/instance': installation.release ?? 'metricgate',
    }
    for (const { metadata } of [...objects, pod]) {
      expect(metadata?.labels).toMatchObject(labels)
      expect(Object.keys(metadata?.labels ?? {})).toEqual(expect.arrayContaining(common))
    }
  })
})

describe('what a value does', () => {
  const titled = async (title: string): Promise<AnyObject[]> => {
    const installation = INSTALLATIONS.find(candidate => candidate.title === title)
    if (installation === undefined) throw new Error(`BUG: there is no installation ${title}`)
    return objectsOf(await render(helm, installation))
  }

  test('a label of an object counts more than the common one of its name, and those of the chart most', async () => {
    const objects = await titled('one label in several values, and parts of a constraint')
    const team = (kind: string) => ofKind(objects, kind).map(({ metadata }) => metadata?.labels?.team)
    expect(team('Service')).toEqual(['platform', 'platform'])
    expect(theOnly(objects, 'Deployment').spec.template.metadata.labels.team).toBe('')
    expect(team('ServiceMonitor')).toEqual(['monitors'])
    expect(team('PodMonitor')).toEqual(['proxies', 'proxies'])
    expect(team('PrometheusRule')).toEqual(['alerts'])
    expect(team('ConfigMap')).toEqual(['dashboards', 'dashboards'])
    const view = ofKind(objects, 'ClusterRole').find(({ metadata }) => metadata?.name === 'metricgate-view')
    expect(view?.metadata?.labels).toMatchObject({ 'rbac.authorization.k8s.io/aggregate-to-view': 'true' })
  })

  test('a constraint of the spread keeps what it says, and gets the selector of the pods', async () => {
    const objects = await titled('one label in several values, and parts of a constraint')
    const { selector, template } = theOnly(objects, 'Deployment').spec
    expect(template.spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: 'rack', labelSelector: selector, matchLabelKeys: ['controller-revision-hash'] },
      { topologyKey: 'row', labelSelector: selector, matchLabelKeys: ['pod-template-hash'] },
    ])
  })

  test('the alert about an absent operator is about the one of the release, whatever others run', async () => {
    const { spec } = theOnly(await titled('names that look like numbers and truths'), 'PrometheusRule')
    const [absent] = spec.groups[0].rules
    expect(absent).toMatchObject({
      alert: 'MetricGateOperatorAbsent',
      expr: 'absent(metricgate_operator_build_info{namespace="456"})',
    })
  })

  test('alerts have links to runbooks only where these are known to be', async () => {
    const links = async (values: Values): Promise<unknown[]> => {
      const objects = objectsOf(await render(helm, { values }))
      const rules = theOnly(objects, 'PrometheusRule').spec.groups.flatMap((group: AnyObject) => group.rules)
      return rules.map(
        ({ annotations }: { annotations: { runbook_url?: string } }) => annotations.runbook_url,
      )
    }
    const alerts = { enabled: true }
    expect(new Set(await links({ metrics: { alerts } }))).toEqual(new Set([undefined]))
    const published = { ...alerts, runbookPrefix: 'https://example.com/metricgate/' }
    for (const link of await links({ metrics: { alerts: published } }))
      expect(link).toMatch(/^https:\/\/example\.com\/metricgate\/docs\/troubleshooting\.md#\w+$/)
  })

  test('how long a scrape may take is said only if it was given, since it may not exceed the interval', async () => {
    const { spec } = theOnly(await titled('everything'), 'ServiceMonitor')
    expect(spec.endpoints).toEqual([{ port: 'metrics', interval: '30s' }])
  })

  test('the operator may ask for names wherever DNS listens: OpenShift has it at 5353', async () => {
    const { spec } = theOnly(await titled('everything'), 'NetworkPolicy')
    const ports = [53, 5353].flatMap(port => ['UDP', 'TCP'].map(protocol => ({ port, protocol })))
    expect(spec.egress[0]).toEqual({ ports })
  })

  test('a single replica has no PodDisruptionBudget, two have one that lets one go', async () => {
    expect(ofKind(await titled('one replica'), 'PodDisruptionBudget')).toEqual([])
    expect(theOnly(await titled('the defaults'), 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
    })
  })

  test('on the network of nodes, whose ports are taken, an update needs no pod more', async () => {
    const { strategy } = theOnly(await titled('the network of the node'), 'Deployment').spec
    expect(strategy).toEqual({ rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } })
  })

  test('with namespaces given, nothing of a namespace is permitted in the whole cluster', async () => {
    const objects = await titled('two namespaces, and roll-outs')
    const users = ['metricgate-view', 'metricgate-edit']
    const cluster = ofKind(objects, 'ClusterRole').filter(
      ({ metadata }) => !users.includes(metadata?.name ?? ''),
    )
    expect(cluster.map(({ metadata }) => metadata?.name)).toEqual(['metricgate-operator'])
    for (const { resourceNames } of cluster[0]?.rules ?? []) expect(resourceNames).toHaveLength(1)
    expect(namesOf(objects, 'ClusterRoleBinding')).toEqual(['metricgate-operator'])
    expect(new Set(ofKind(objects, 'RoleBinding').map(({ metadata }) => metadata?.namespace))).toEqual(
      new Set(['metricgate-system', 'team-a']),
    )
  })

  test('the rules for gates are the same, whether for the cluster or for a namespace', async () => {
    const everywhere = ofKind(await titled('roll-outs everywhere'), 'ClusterRole')
    const there = ofKind(await titled('two namespaces, and roll-outs'), 'Role').filter(
      ({ metadata }) => metadata?.namespace === 'team-a',
    )
    const rulesOf = (roles: readonly AnyObject[], name: string) =>
      roles.find(({ metadata }) => metadata?.name === name)?.rules
    expect(rulesOf(everywhere, 'metricgate-operator')).toEqual(
      expect.arrayContaining(rulesOf(there, 'metricgate-operator-gates')),
    )
    expect(rulesOf(there, 'metricgate-operator-rollout')).toEqual(
      rulesOf(everywhere, 'metricgate-operator-rollout'),
    )
  })

  test.each([
    ['the defaults', 'managed'],
    ['certificates by cert-manager', 'external'],
    ['certificates by somebody else', 'external'],
  ])(
    '%s: who makes the certificates is told to the operator (%s), which writes only its own',
    async (title, source) => {
      const objects = await titled(title)
      const secrets = ofKind(objects, 'Role')
        .flatMap(({ rules }) => rules)
        .filter(({ resources }) => resources.includes('secrets'))
      const writes = secrets
        .flatMap(({ verbs }) => verbs)
        .filter(verb => !['get', 'list', 'watch'].includes(verb))
      expect(writes.length > 0).toBe(source === 'managed')
      expect(
        theOnly(objects, 'Deployment').spec.template.spec.containers[0].args.includes(
          '--certificates=external',
        ),
      ).toBe(source === 'external')
    },
  )

  test('cert-manager makes the Secret that the operator reads, for the name by which the API server calls', async () => {
    const objects = await titled('certificates by an issuer of cert-manager')
    const { spec } = theOnly(objects, 'Certificate')
    expect(spec).toMatchObject({
      secretName: 'webhook',
      dnsNames: ['metricgate-webhook.metricgate-system.svc'],
      issuerRef: { kind: 'ClusterIssuer', name: 'internal' },
    })
    expect(theOnly(objects, 'Deployment').spec.template.spec.containers[0].args).toContain(
      '--certificate-secret=webhook',
    )
  })

  test('without an issuer, an authority of the release signs', async () => {
    const objects = await titled('certificates by cert-manager')
    const [authority, serving] = ofKind(objects, 'Certificate').sort(
      (a, b) => Number(b.spec.isCA ?? false) - Number(a.spec.isCA ?? false),
    )
    const issuers = new Map(ofKind(objects, 'Issuer').map(({ metadata, spec }) => [metadata?.name, spec]))
    expect(issuers.get(authority?.spec.issuerRef.name)).toEqual({ selfSigned: {} })
    expect(issuers.get(serving?.spec.issuerRef.name)).toEqual({
      ca: { secretName: authority?.spec.secretName },
    })
  })

  test('an image is named by its digest, or by its tag and its digest', async () => {
    const { spec } = theOnly(await titled('images by digest'), 'Deployment')
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
    expect(spec.template.spec.containers[0]).toMatchObject({
      image: `metricgate/operator@${digest}`,
      args: expect.arrayContaining([`--proxy-image=metricgate/proxy:2@${digest}`]),
    })
  })

  test('proxies get the resources and the user that they are given, and no flag about them otherwise', async () => {
    const optionsOfTitled = async (title: string) => optionsOf(theOnly(await titled(title), 'Deployment'))
    expect(await optionsOfTitled('proxies with resources and a user')).toMatchObject({
      'proxy-resources': {
        requests: { cpu: 1, memory: 67_108_864 },
        limits: { cpu: '1.5', memory: '256Mi' },
      },
      'proxy-run-as-user': 1_000_650_000,
    })
    expect(
      await optionsOfTitled('no fields of the security context that the platform assigns'),
    ).toMatchObject({ 'proxy-run-as-user': 'image' })
    const { args } = theOnly(await titled('the defaults'), 'Deployment').spec.template.spec.containers[0]
    expect(args.filter((flag: string) => /^--proxy-(?!image)/.test(flag))).toEqual([])
  })

  test('the CRD stays when the release goes, unless that is not wanted', async () => {
    const kept = (objects: readonly AnyObject[]) =>
      theOnly(objects, 'CustomResourceDefinition').metadata?.annotations
    expect(kept(await titled('the defaults'))).toEqual({ 'helm.sh/resource-policy': 'keep' })
    expect(kept(await titled('everything'))).toBeUndefined()
  })

  test('the ServiceMonitor selects the Service with the metrics, and only that', async () => {
    const objects = await titled('everything')
    const { matchLabels } = theOnly(objects, 'ServiceMonitor').spec.selector
    const selected = ofKind(objects, 'Service').filter(({ metadata }) =>
      Object.entries(matchLabels).every(([name, value]) => metadata?.labels?.[name] === value),
    )
    expect(selected.map(({ spec }) => spec.ports[0].name)).toEqual(['metrics'])
  })

  test('proxies are scraped as examples/monitoring/proxies.yaml has it, in the namespaces that are watched', async () => {
    const example = objectsOf(await readFile(join(ROOT, 'examples/monitoring/proxies.yaml'), 'utf8'))
    const monitors = async (title: string) =>
      new Map(ofKind(await titled(title), 'PodMonitor').map(({ metadata, spec }) => [metadata?.name, spec]))
    const [everywhere, somewhere] = [await monitors('everything'), await monitors('two namespaces')]
    expect(everywhere).toEqual(new Map(example.map(({ metadata, spec }) => [metadata?.name, spec])))
    expect([...somewhere].map(([name, { namespaceSelector }]) => [name, namespaceSelector])).toEqual(
      [...everywhere.keys()].map(name => [name, { matchNames: ['team-a', 'team-b'] }]),
    )
  })
})
