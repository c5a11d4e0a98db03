import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1Deployment, V1Volume } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { renderAggregator } from '../../../operator/resources/aggregator.ts'
import { renderAggregatorConfig, renderSidecarConfig } from '../../../operator/resources/config-map.ts'
import { renderNetworkPolicy } from '../../../operator/resources/network-policy.ts'
import {
  injectedHash,
  type PodFacts,
  type SidecarOptions,
  sidecarOf,
} from '../../../operator/resources/sidecar.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { resourceAttributes } from '../../../proxy/policy/resource.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'
import { environmentOf, type Node } from './kubelet-environment.ts'

const OPTIONS: SidecarOptions = { proxyImage: 'proxy:1' }
const EMPTY: PodFacts = {
  containerNames: new Set(),
  volumeNames: new Set(),
  ports: new Set(),
  namedPorts: new Map(),
  users: new Set(),
  runsAsRoot: false,
  sharesResources: false,
}

/** A policy with one matcher. */
const policy = (id: string, matcher: Record<string, unknown>) => ({
  id,
  name: id,
  metric: { match: [matcher], keep: false },
})
const BY_NAME = policy('by-name', { metricField: 'name', startsWith: 'go_' })
const BY_POD = policy('by-pod', { resourceAttribute: ['k8s.pod.name'], startsWith: 'web-' })
const BY_NAMESPACE = policy('by-namespace', { resourceAttribute: ['k8s.namespace.name'], exact: 'shop' })

const fileOf = (name: string, key: string) => ({ configMap: { name, key } })
/** A server that wants what is in a Secret, under a key "bearer". */
const serverWith = (secret: string, url = 'https://policies.example/sync') => ({
  http: {
    url,
    headers: [
      { name: 'X-Team', value: 'shop' },
      { name: 'Authorization', valueFrom: { secretKeyRef: { name: secret, key: 'bearer' } } },
    ],
  },
})

type Spec = Record<string, unknown>

const sidecar = (spec: Spec, pod = EMPTY) => sidecarOf(checkedGate(spec), pod, OPTIONS)
const hashOf = (spec: Spec) => injectedHash(checkedGate(spec), OPTIONS)

function aggregator(spec: Spec): { container: V1Container; volumes: V1Volume[] } {
  const rendered: V1Deployment = renderAggregator(checkedGate(spec), { shard: 0, replica: 0 }, OPTIONS)
  const { containers, volumes = [] } = rendered.spec?.template.spec ?? { containers: [] }
  const [container] = containers
  if (container === undefined) throw new Error('the Deployment has no container')
  return { container, volumes }
}

/** What a sidecar of the gate loads on a node; `injected` is the gate as it was when the pod was made. */
function loadedBySidecar(spec: Spec, node: Node, injected = spec) {
  const file = { name: 'config.yaml', text: renderSidecarConfig(checkedGate(spec)) }
  const env = environmentOf(sidecar(injected).container, node)
  return loadConfig({ file, overrides: {}, env }).config.policies
}

describe('a file of policies', () => {
  const spec = { policyProviders: [fileOf('team', 'b.yaml'), fileOf('all', 'p'), fileOf('team', 'a.json')] }

  test('is where the proxy looks for it: each ConfigMap is mounted once, with the keys that are read', () => {
    const { container, volumes } = sidecar(spec)
    expect(volumes.slice(1)).toEqual([
      {
        name: 'metricgate-policies-0',
        configMap: { name: 'all', items: [{ key: 'p', path: 'p' }], optional: true },
      },
      {
        name: 'metricgate-policies-1',
        configMap: {
          name: 'team',
          items: ['a.json', 'b.yaml'].map(key => ({ key, path: key })),
          optional: true,
        },
      },
    ])
    expect(container.volumeMounts?.slice(1)).toEqual([
      { name: 'metricgate-policies-0', mountPath: '/etc/metricgate-policies/all', readOnly: true },
      { name: 'metricgate-policies-1', mountPath: '/etc/metricgate-policies/team', readOnly: true },
    ])
    expect(loadedBySidecar(spec, FIELDS).providers).toMatchObject([
      { type: 'file', path: '/etc/metricgate-policies/team/b.yaml' },
      { type: 'file', path: '/etc/metricgate-policies/all/p' },
      { type: 'file', path: '/etc/metricgate-policies/team/a.json' },
    ])
  })

  test('is mounted under a name that is free in the pod', () => {
    const pod = { ...EMPTY, volumeNames: new Set(['metricgate-policies-0']) }
    const { container, volumes } = sidecar({ policyProviders: [fileOf('team', 'a')] }, pod)
    expect(volumes[1]?.name).toBe('metricgate-policies-0-2')
    expect(container.volumeMounts?.[1]?.name).toBe('metricgate-policies-0-2')
  })
})

const FIELDS: Node = {
  fields: { 'metadata.name': 'web-0', 'metadata.namespace': 'default', 'spec.nodeName': 'node-1' },
}
/** A node where one Secret is. */
const withSecret = (name: string, value: string): Node => ({
  ...FIELDS,
  secrets: { [`${name}/bearer`]: value },
})

describe('a policy server', () => {
  const spec = { policyProviders: [serverWith('token')] }

  test('gets headers as they are written, and those of Secrets as the node knows them', () => {
    expect(loadedBySidecar(spec, withSecret('token', 'Bearer s3cret $(X)')).providers).toMatchObject([
      {
        type: 'http',
        url: 'https://policies.example/sync',
        encoding: 'json',
        headers: [
          { name: 'X-Team', value: 'shop' },
          { name: 'Authorization', value: 'Bearer s3cret $(X)' },
        ],
      },
    ])
  })

  test('whose Secret is not there keeps neither the pod from starting nor the proxy from serving', () => {
    const [provider] = loadedBySidecar(spec, FIELDS).providers
    expect(provider).toMatchObject({ headers: [{}, { value: '' }] })
  })

  test.each<[string, Spec]>([
    ['without providers', {}],
    ['with another Secret', { policyProviders: [serverWith('other')] }],
  ])('is no reason for a pod that was made %s to refuse its configuration', (_title, injected) => {
    expect(loadedBySidecar(spec, FIELDS, injected).providers).toMatchObject([
      { headers: [{}, { value: '' }] },
    ])
  })

  test('is asked as the gate says', () => {
    const http = { url: 'http://p.example:8080', pollInterval: '1m30s', encoding: 'Protobuf' }
    expect(loadedBySidecar({ policyProviders: [{ http }] }, FIELDS).providers).toMatchObject([
      { pollIntervalMs: 90_000, encoding: 'protobuf', headers: [] },
    ])
  })

  test('never gets the secret of another one, whatever the list was when the pod was made', () => {
    const later = { policyProviders: [serverWith('other', 'https://other.example'), serverWith('token')] }
    const both = { ...FIELDS, secrets: { 'token/bearer': 'one', 'other/bearer': 'two' } }
    expect(loadedBySidecar(later, both).providers).toMatchObject([
      { url: 'https://other.example', headers: [{}, { value: 'two' }] },
      { url: 'https://policies.example/sync', headers: [{}, { value: 'one' }] },
    ])
    const [other] = parse(renderSidecarConfig(checkedGate(later))).policy_providers
    const [, variable] = /^\$\{(\w+):-\}$/.exec(other.headers[1].value) ?? []
    expect(variable).toMatch(/./)
    expect(environmentOf(sidecar(spec).container, both)).not.toHaveProperty(variable ?? '')
  })

  test('what looks like a variable in a header or a URL is text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the point of the test
    const [url, value] = ['https://p.example/${HOME}', '${HOME}']
    const http = { url, headers: [{ name: 'a', value }] }
    expect(loadedBySidecar({ policyProviders: [{ http }] }, FIELDS).providers).toMatchObject([
      { url, headers: [{ value }] },
    ])
  })

  test('an aggregator may reach it through its NetworkPolicy', () => {
    const networkPolicy = { networkPolicy: { enabled: true } }
    const providers = ['http://a', 'https://b', 'https://c:8443', 'https://d'].map(url =>
      serverWith('token', url),
    )
    const gate = checkedGate({ ...DNS, aggregator: networkPolicy, policyProviders: providers })
    expect(renderNetworkPolicy(gate).spec?.egress?.slice(2)).toEqual([
      { ports: [80, 443, 8443].map(port => ({ port, protocol: 'TCP' })) },
    ])
  })
})

describe('resource attributes', () => {
  const attributesOf = (text: string, container: V1Container): unknown => {
    const env = environmentOf(container, FIELDS)
    const { policies } = loadConfig({ file: { name: 'config.yaml', text }, overrides: {}, env }).config
    return Object.fromEntries(resourceAttributes(policies.service, env))
  }
  const ofSidecar = (spec: Spec) =>
    attributesOf(renderSidecarConfig(checkedGate(spec)), sidecar(spec).container)

  test.each<[string, Spec]>([
    ['a policy asks for them', { policies: [BY_POD] }],
    ['a provider may, and a server wants to know who asks', { policyProviders: [fileOf('team', 'a')] }],
  ])("of a sidecar are its pod's, where %s", (_title, spec) => {
    expect(ofSidecar(spec)).toEqual({
      'k8s.pod.name': 'web-0',
      'k8s.namespace.name': 'default',
      'k8s.node.name': 'node-1',
    })
  })

  test('of a pod that was made before there were policies are those that the gate knows', () => {
    const text = renderSidecarConfig(checkedGate({ policies: [BY_POD] }))
    expect(attributesOf(text, sidecar({}).container)).toEqual({ 'k8s.namespace.name': 'default' })
  })

  test('of an aggregator are what all pods have in common', () => {
    const spec = { ...DNS, policies: [BY_POD] }
    expect(attributesOf(renderAggregatorConfig(checkedGate(spec), 0), aggregator(spec).container)).toEqual({
      'k8s.namespace.name': 'default',
    })
  })

  test.each<[string, Spec]>([
    ['policies', {}],
    ['policies that ask for them', { policies: [BY_NAME, BY_NAMESPACE] }],
  ])('are no variables of a pod without %s', (_title, spec) => {
    expect(sidecar(spec).container.env).toBeUndefined()
  })

  test('are not in the configuration of a gate without policies', () => {
    expect(renderSidecarConfig(checkedGate())).not.toContain('service')
  })
})

describe('which proxies apply policies', () => {
  const policies = [BY_NAME, BY_NAMESPACE]
  const spec = { policies, policyProviders: [fileOf('team', 'a'), serverWith('token')] }
  const loadedByAggregator = (mode: Spec) => {
    const { container } = aggregator({ ...mode, ...spec })
    const text = renderAggregatorConfig(checkedGate({ ...mode, ...spec }), 0)
    const env = environmentOf(container, withSecret('token', 'x'))
    return loadConfig({ file: { name: 'shard.yaml', text }, overrides: {}, env }).config.policies
  }

  test('mode DNS: the aggregator', () => {
    const { inline, providers } = loadedByAggregator(DNS)
    expect(inline).toMatchObject(policies)
    expect(providers).toMatchObject([{ type: 'file' }, { type: 'http', headers: [{}, { value: 'x' }] }])
    expect(aggregator({ ...DNS, ...spec }).volumes).toHaveLength(2)
  })

  test.each([
    ['Sidecar', {}],
    ['Subset', SUBSET],
  ])('mode %s: the sidecars', (_mode, mode) => {
    const { inline, providers } = loadedBySidecar({ ...mode, ...spec }, withSecret('token', 'x'))
    expect(inline).toMatchObject(policies)
    expect(providers).toHaveLength(2)
  })

  test('mode Subset: not the aggregator, which would decide again about what is left', () => {
    expect(loadedByAggregator(SUBSET)).toMatchObject({ inline: undefined, providers: [] })
    expect(aggregator({ ...SUBSET, ...spec })).toEqual(aggregator(SUBSET))
  })

  test('their text is not searched for variables', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the point of the test
    const odd = policy('odd', { metricField: 'name', exact: '${HOME} $${X}: #' })
    expect(loadedBySidecar({ policies: [odd] }, {}).inline).toMatchObject([odd])
  })
})

describe('what makes a sidecar outdated', () => {
  const before = { policies: [BY_NAME], policyProviders: [fileOf('a', 'k'), serverWith('token')] }

  test('is not a first policy on names, labels or the namespace, nor another one', () => {
    expect(hashOf({ policies: [BY_NAME, BY_NAMESPACE] })).toBe(hashOf({}))
    expect(hashOf({ ...before, policies: [BY_POD] })).toBe(hashOf(before))
  })

  test('is not the order of providers, nor where a server is', () => {
    const policyProviders = [serverWith('token', 'https://elsewhere.example'), fileOf('a', 'k')]
    expect(hashOf({ ...before, policyProviders })).toBe(hashOf(before))
  })

  test.each<[string, Spec]>([
    ['the first policy on the pod or its node', { policies: [BY_POD] }],
    ['a ConfigMap', { policyProviders: [fileOf('a', 'k')] }],
    ['a policy server', { policyProviders: [{ http: { url: 'https://p.example' } }] }],
  ])('is %s', (_title, spec) => {
    expect(hashOf(spec)).not.toBe(hashOf({}))
  })

  test.each<[string, unknown[]]>([
    ['another ConfigMap', [fileOf('b', 'k'), serverWith('token')]],
    ['another key of it', [fileOf('a', 'other'), serverWith('token')]],
    ['another Secret', [fileOf('a', 'k'), serverWith('other')]],
  ])('is %s', (_title, policyProviders) => {
    expect(hashOf({ ...before, policyProviders })).not.toBe(hashOf(before))
  })

  test('is what restarts an aggregator, too', () => {
    const pod = (spec: Spec) => aggregator({ ...DNS, ...spec })
    expect(pod({ policies: [BY_NAME] })).toEqual(pod({}))
    expect(pod({ policyProviders: [fileOf('a', 'k')] })).not.toEqual(pod({}))
  })
})
