import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parse } from 'yaml'
import { crdTemplate } from '../../charts/crd-template.ts'
import { describeSchema } from '../../charts/describe-schema.ts'
import { CHART, generatedFromChart, generatedInChart, ROOT } from '../../charts/generated.ts'
import { describeValues } from '../../charts/values-table.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { resolveHelm } from '../cluster/index.ts'
import { objectsOf, render } from './support/render.ts'

/** Enough for a machine that has to build Helm first. */
const BUILD_TIMEOUT_MS = 1_800_000

/** A rendering takes a tenth of a second of a processor that is free. */
jest.setTimeout(300_000)

const DEFINITION = join(ROOT, 'crds/metricgates.metricgate.io.yaml')

function read(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8')
}

describe('what comes of the chart is what is there (else run: npm run generate)', () => {
  let generated: ReadonlyMap<string, string>

  beforeAll(async () => {
    generated = new Map([...(await generatedInChart()), ...(await generatedFromChart(await resolveHelm()))])
  }, BUILD_TIMEOUT_MS)

  test.each([
    'charts/metricgate/templates/crd.yaml',
    'charts/metricgate/values.schema.json',
    'charts/manifests/deployment.yaml',
    'charts/manifests/pod-disruption-budget.yaml',
    'charts/manifests/rbac.yaml',
    'charts/manifests/rollout.yaml',
    'charts/manifests/service-account.yaml',
    'charts/manifests/service.yaml',
    'charts/manifests/user-roles.yaml',
    'docs/install.md',
  ])('%s', async path => {
    expect(await read(path)).toBe(generated.get(path))
  })

  test('kustomize applies every one of the manifests but roll-outs', async () => {
    const { resources } = parse(await read('charts/manifests/kustomization.yaml'))
    const paths = [...generated.keys()].filter(path => path.startsWith('charts/manifests/'))
    const files = paths
      .map(path => path.replace('charts/manifests/', ''))
      .filter(file => file !== 'rollout.yaml')
    expect(resources.toSorted()).toEqual(['../../crds', 'namespace.yaml', ...files].toSorted())
  })
})

test('the chart has the version of the programs', async () => {
  const { version, appVersion } = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'))
  expect({ version, appVersion }).toEqual({ version: packageJson.version, appVersion: packageJson.version })
})

describe("the chart's CRD", () => {
  test(
    'is the published one, with the labels of the release',
    async () => {
      const published = parse(await readFile(DEFINITION, 'utf8'))
      const objects = objectsOf(await render(await resolveHelm(), { values: {} }))
      const { metadata, ...rendered } = objects.find(({ kind }) => kind === 'CustomResourceDefinition') ?? {}
      const { metadata: publishedMetadata, ...rest } = published
      expect(rendered).toEqual(rest)
      expect(metadata?.name).toBe(publishedMetadata.name)
    },
    BUILD_TIMEOUT_MS,
  )

  test('has no templates in its texts', () => {
    const definition = 'metadata:\n  name: metricgates.metricgate.io\nspec:\n  description: a {{ b }}\n'
    expect(crdTemplate(definition)).toContain('description: a {{ "{{" }} b }}\n')
  })

  test('is not made of a text that is no such CRD', () => {
    expect(() => crdTemplate('kind: Pod\n')).toThrow('BUG: the CRD has no line with its name')
  })
})

test('a value that the schema does not know is refused when the schema is described', () => {
  const values = [{ path: 'group.b', fallback: '', description: 'None.' }]
  const schema = '{"properties":{"group":{"properties":{"a":{}}}}}'
  expect(() => describeSchema(schema, values)).toThrow('values.schema.json does not know group.b')
})

describe('the description of values', () => {
  test('is the comment above a value, or above the group that it is in', () => {
    const text =
      '# The port.\n# One line more.\nport: 1\ngroup:\n  # Inner.\n  a: ""\n# All.\nwhole:\n  x: [1]\n'
    expect(describeValues(text)).toEqual([
      { path: 'port', fallback: '`1`', description: 'The port. One line more.' },
      { path: 'group.a', fallback: '', description: 'Inner.' },
      { path: 'whole', fallback: '`{"x":[1]}`', description: 'All.' },
    ])
  })

  test.each([
    ['b', '# Described.\na: 1\nb: 2\n'],
    ['group.a', 'group:\n  a: 1\n'],
    ['b', '# Of nothing.\n\nb: {}\n'],
  ])('%s without one is refused', (path, text) => {
    expect(() => describeValues(text)).toThrow(`values.yaml: no comment describes ${path}`)
  })
})
