import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { CoreV1Api } from '@kubernetes/client-node'
import { objectsOf, render } from '../charts/support/render.ts'
import { gitOpsCrds, resolveGitOpsTools } from '../cluster/gitops.ts'
import { type ControlPlane, resolveHelm, startControlPlane } from '../cluster/index.ts'
import type { AnyObject } from '../operator/controller/support/admin.ts'

/*
 * The examples for Argo CD and Flux are what these take: by the CRDs that they publish, and Flux' HelmRelease by its Go type.
 */

jest.setTimeout(180_000)

const EXAMPLES = join(import.meta.dirname, '../../examples')
const FILES = ['argocd', 'flux'].flatMap(tool =>
  readdirSync(join(EXAMPLES, tool))
    .filter(file => file.endsWith('.yaml'))
    .map(file => join(tool, file)),
)
const NAMESPACES = ['argocd', 'flux-system', 'metricgate-system']

const objects = FILES.flatMap(file =>
  objectsOf(readFileSync(join(EXAMPLES, file), 'utf8')).map(object => ({ file, object })),
)
const helmReleases = objects.map(({ object }) => object).filter(({ kind }) => kind === 'HelmRelease')
const applications = objects.map(({ object }) => object).filter(({ kind }) => kind === 'Application')

describe('the API server takes', () => {
  let cluster: ControlPlane

  beforeAll(async () => {
    cluster = await startControlPlane({ crds: await gitOpsCrds() })
    const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
    for (const name of NAMESPACES) await core.createNamespace({ body: { metadata: { name } } })
  }, 900_000)

  afterAll(() => cluster?.stop())

  const judged = objects.filter(({ object }) => object.kind !== 'HelmRelease')
  test.each(judged)('$file: $object.kind $object.metadata.name', async ({ object }) => {
    const flags = ['--server-side', '--dry-run=server', '--validate=strict', '--output=name', '-f', '-']
    const child = promisify(execFile)(cluster.kubectl ?? 'kubectl', [
      'apply',
      `--kubeconfig=${cluster.kubeconfig}`,
      ...flags,
    ])
    child.child.stdin?.end(JSON.stringify(object))
    expect((await child).stdout.trim()).toMatch(new RegExp(`/${object.metadata?.name}$`))
  })
})

describe('a HelmRelease', () => {
  test('has only fields that Flux knows, and is the release that gives the objects their documented names', async () => {
    const { helmRelease } = await resolveGitOpsTools()
    expect(await helmRelease(helmReleases)).toEqual([
      { status: 'Accepted', message: 'metricgate-system/metricgate' },
    ])
  })

  test('with a field that Flux does not know would be refused', async () => {
    const { helmRelease } = await resolveGitOpsTools()
    const [release] = helmReleases
    const misspelt = { ...release, spec: { ...release?.spec, driftdetection: {} } }
    expect(await helmRelease([misspelt])).toMatchObject([
      { status: 'Refused', message: expect.stringContaining('spec.driftdetection') },
    ])
  })
})

test.each([
  ['Argo CD', () => applications.find(({ spec }) => spec.source.helm)?.spec.source.helm.valuesObject],
  ['Flux', () => helmReleases[0]?.spec.values],
])('the chart takes the values that %s is told', async (_tool, values) => {
  const rendered = objectsOf(await render(await resolveHelm(), { values: values() }))
  const deployment = rendered.find(({ kind }) => kind === 'Deployment')
  expect(imageOf(deployment)).toMatch(/^registry\.example\.com\/metricgate\/operator:/)
})

test('the health check in argocd-cm is health.lua', async () => {
  const found = objects.find(({ object }) => object.kind === 'ConfigMap')?.object
  expect(found?.data).toEqual({
    'resource.customizations.health.metricgate.io_MetricGate': await readFile(
      join(EXAMPLES, 'argocd/health.lua'),
      'utf8',
    ),
  })
})

test('no example needs sync waves, nor has to look away from a difference', () => {
  const text = JSON.stringify(objects.map(({ object }) => object))
  expect(text).not.toMatch(/sync-wave|ignoreDifferences|"ignore"/)
})

function imageOf(deployment: AnyObject | undefined): string {
  return deployment?.spec.template.spec.containers[0].image
}
