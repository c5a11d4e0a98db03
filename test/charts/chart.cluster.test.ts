import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { CHART, ROOT } from '../../charts/generated.ts'
import { parseOptions } from '../../operator/options.ts'
import { customResourceDefinitions } from '../cluster/assets/manifests.ts'
import {
  type ControlPlane,
  certManagerCrds,
  type Helm,
  resolveHelm,
  startControlPlane,
} from '../cluster/index.ts'
import { Admin, type AnyObject } from '../operator/controller/support/admin.ts'
import { gateObject, refs } from '../operator/controller/support/cluster.ts'
import { eventually } from '../operator/controller/support/eventually.ts'
import { INSTALLATIONS } from './support/installations.ts'
import { objectsOf, render, theOnly, type Values, valueFlags } from './support/render.ts'

jest.setTimeout(300_000)

/** Enough for a machine that has to build the control plane and Helm first. */
const START_TIMEOUT_MS = 1_800_000
const NAMESPACE = 'metricgate-system'
const MANIFESTS = join(ROOT, 'charts/manifests')
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name: 'metricgates.metricgate.io',
}
const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: NAMESPACE,
  name: 'metricgate-operator',
}
const RESTRICTED = 'pod-security.kubernetes.io/enforce=restricted'

let cluster: ControlPlane
let admin: Admin
let helm: Helm

beforeAll(async () => {
  helm = await resolveHelm()
  const monitoring = ['servicemonitors', 'podmonitors', 'prometheusrules']
  const crds = [await certManagerCrds(), await customResourceDefinitions(monitoring, process.env)].flat()
  cluster = await startControlPlane({ crds })
  admin = new Admin(cluster.kubeConfig())
  for (const namespace of ['monitoring', 'team-a', 'team-b', '123', '456', NAMESPACE]) {
    kubectl(['create', 'namespace', namespace])
    kubectl(['label', 'namespace', namespace, RESTRICTED])
    await eventually(() =>
      admin.expect({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }),
    )
  }
}, START_TIMEOUT_MS)

afterAll(() => cluster?.stop())

/** Throws Error with what kubectl says on standard error when it fails. */
function kubectl(args: readonly string[], input?: string): string {
  const program = cluster.kubectl ?? 'kubectl'
  return execFileSync(program, [`--kubeconfig=${cluster.kubeconfig}`, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    ...(input !== undefined && { input }),
  })
}

/** What the API server would do with objects of which it knows every field. */
function dryRun(text: string): string {
  return kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], text)
}

function helmInCluster(command: string, ...args: readonly string[]): Promise<string> {
  return helm(command, ...args, `--namespace=${NAMESPACE}`, `--kubeconfig=${cluster.kubeconfig}`)
}

function install(
  command: 'install' | 'upgrade',
  chart: string,
  values: Values,
  ...flags: string[]
): Promise<string> {
  // Without a word about values an upgrade keeps those of before.
  const reset = command === 'upgrade' ? ['--reset-values'] : []
  return helmInCluster(command, 'metricgate', chart, ...valueFlags(values), ...reset, ...flags)
}

function operatorPods(): Promise<AnyObject[]> {
  return admin.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE },
    'app.kubernetes.io/component=operator',
  )
}

/** A pod as the Deployment of a rendering would make it, with an account that is there. */
function podOf(text: string): string {
  const { metadata, spec } = theOnly(objectsOf(text), 'Deployment')
  const { labels } = spec.template.metadata
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'operator', namespace: metadata?.namespace, labels },
    spec: { ...spec.template.spec, serviceAccountName: 'default' },
  })
}

describe('the API server, which knows every field', () => {
  const [onNodes, inPods] = [true, false].map(host =>
    INSTALLATIONS.filter(({ values }) => (values.hostNetwork === true) === host),
  )

  test.each(inPods ?? [])(
    'accepts, and lets the pods in under Pod Security "restricted": $title',
    async installation => {
      const text = await render(helm, installation)
      const accepted = dryRun(`${text}---\n${podOf(text)}`)
        .trim()
        .split('\n')
      expect(accepted).toHaveLength(objectsOf(text).length + 1)
      for (const line of accepted) expect(line).toMatch(/serverside-applied \(server dry run\)$/)
    },
  )

  test.each(onNodes ?? [])(
    'accepts, but Pod Security "restricted" would not let the pods in: $title',
    async installation => {
      const text = await render(helm, installation)
      expect(dryRun(text).trim().split('\n')).toHaveLength(objectsOf(text).length)
      expect(() => dryRun(podOf(text))).toThrow(/violates PodSecurity "restricted:latest".*host namespaces/)
    },
  )
})

describe('kubectl apply -k', () => {
  test('installs everything, and Pod Security "restricted" lets the pods in', async () => {
    const output = kubectl(['apply', '--server-side', '--force-conflicts', '-k', MANIFESTS])
    expect(output).toContain(`customresourcedefinition.apiextensions.k8s.io/${CRD.name} serverside-applied`)
    const namespace = await admin.expect({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE })
    expect(namespace.metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
    await eventually(async () => expect(await operatorPods()).toHaveLength(2))
  })

  test('takes the images from the kustomization that docs/install.md shows', async () => {
    const page = await readFile(join(ROOT, 'docs/install.md'), 'utf8')
    const [, kustomization = ''] = /```yaml\n(apiVersion: kustomize[\s\S]*?)```/.exec(page) ?? []
    const overlay = await mkdtemp(join(tmpdir(), 'metricgate-overlay-'))
    try {
      const text = kustomization.replace('../metricgate/charts/manifests', relative(overlay, MANIFESTS))
      await writeFile(join(overlay, 'kustomization.yaml'), text)
      const deployment = theOnly(objectsOf(kubectl(['kustomize', overlay])), 'Deployment')
      const [{ image, args }] = deployment.spec.template.spec.containers
      expect(image).toMatch(/^registry\.example\/metricgate\/operator:\d/)
      expect(parseOptions(args, {}, '0.0.0')).toMatchObject({
        options: { 'proxy-image': expect.stringMatching(/^registry\.example\/metricgate\/proxy:\d/) },
      })
    } finally {
      await rm(overlay, { recursive: true })
    }
  })

  test('is what is there afterwards: nothing differs', () => {
    expect(kubectl(['diff', '--server-side', '-k', MANIFESTS])).toBe('')
  })
})

describe('a release of Helm', () => {
  const gate = refs.gate('team-a', 'app')
  let uid: string | undefined

  test('takes over what kubectl has installed, without replacing its pods', async () => {
    await eventually(() => admin.apply(gateObject('team-a', 'app')))
    uid = (await admin.expect(gate)).metadata?.uid
    const { spec } = await admin.expect(DEPLOYMENT)
    const before = await operatorPods()
    const notes = await install('install', CHART, {}, '--take-ownership')
    expect(notes).toContain('kubectl -n metricgate-system rollout status deployment/metricgate-operator')
    expect((await admin.expect(DEPLOYMENT)).spec).toEqual(spec)
    expect(await operatorPods()).toEqual(before)
  })

  test('is what helm template renders, to the byte', async () => {
    const installed = await helmInCluster('get', 'manifest', 'metricgate')
    expect(installed.trim()).toBe((await render(helm, { values: {} })).trim())
  })

  test('changes with its values, and the gates stay', async () => {
    await install('upgrade', CHART, { replicas: 3, logLevel: 'debug' })
    expect((await admin.expect(DEPLOYMENT)).spec).toMatchObject({ replicas: 3 })
    expect((await admin.expect(gate)).metadata?.uid).toBe(uid)
  })

  test('upgrades the CRD, and the gates stay', async () => {
    const next = await mkdtemp(join(tmpdir(), 'metricgate-next-'))
    try {
      await cp(CHART, next, { recursive: true })
      const template = join(next, 'templates/crd.yaml')
      const text = await readFile(template, 'utf8')
      await writeFile(template, text.replace('      - mg\n', '      - mg\n      - gate\n'))
      await install('upgrade', next, {})
    } finally {
      await rm(next, { recursive: true })
    }
    expect((await admin.expect(CRD)).spec.names.shortNames).toEqual(['mg', 'gate'])
    expect((await admin.expect(gate)).metadata?.uid).toBe(uid)
  })

  test('leaves the CRD when it is to be of somebody else, and takes it back', async () => {
    await install('upgrade', CHART, { crds: { install: false } })
    await install('upgrade', CHART, {})
    expect((await admin.expect(CRD)).spec.names.shortNames).toEqual(['mg'])
    expect((await admin.expect(gate)).metadata?.uid).toBe(uid)
  })

  test('leaves the CRD and the gates when it goes, and nothing else', async () => {
    const installed = objectsOf(await helmInCluster('get', 'manifest', 'metricgate'))
    await helmInCluster('uninstall', 'metricgate')
    expect((await admin.expect(gate)).metadata?.uid).toBe(uid)
    const left = await Promise.all(installed.map(object => admin.get(refOf(object))))
    expect(left.filter(object => object !== undefined).map(({ kind }) => kind)).toEqual([CRD.kind])
  })

  test('finds them again when it comes back', async () => {
    await install('install', CHART, {})
    expect((await admin.expect(gate)).metadata?.uid).toBe(uid)
  })

  test('takes them along when that is what its values say', async () => {
    await install('upgrade', CHART, { crds: { keep: false } })
    await helmInCluster('uninstall', 'metricgate')
    await eventually(async () => expect(await admin.get(CRD)).toBeUndefined())
  })
})

function refOf({ apiVersion = '', kind = '', metadata }: AnyObject) {
  const { name = '', namespace } = metadata ?? {}
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}
