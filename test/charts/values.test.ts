import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { CHART } from '../../charts/generated.ts'
import { describeValues } from '../../charts/values-table.ts'
import { type Helm, resolveHelm } from '../cluster/index.ts'
import { INSTALLATIONS } from './support/installations.ts'
import { OTHER_VALUES } from './support/other-values.ts'
import { REFUSED_VALUES } from './support/refused-values.ts'
import { render, type Values, valueFlags } from './support/render.ts'

/** Enough for a machine that has to build Helm first. */
const BUILD_TIMEOUT_MS = 1_800_000

/** A rendering takes a tenth of a second of a processor that is free. */
jest.setTimeout(300_000)

/** Given by Helm or by a chart that has this one as a part; not values of ours. */
const GIVEN = ['global', 'enabled']

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
}

let helm: Helm

beforeAll(async () => {
  helm = await resolveHelm()
}, BUILD_TIMEOUT_MS)

async function paths(): Promise<string[]> {
  return describeValues(await readFile(join(CHART, 'values.yaml'), 'utf8')).map(({ path }) => path)
}

async function schema(): Promise<Schema> {
  return JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8'))
}

/** What of a value can be seen in a rendering: its texts and numbers. */
function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return typeof value === 'boolean' ? [] : [String(value)]
}

describe('each value does something', () => {
  const renderings = new Map<string, Promise<string>>()
  const rendering = (values: Values, ...flags: readonly string[]): Promise<string> => {
    const key = JSON.stringify([values, flags])
    const known = renderings.get(key) ?? render(helm, { values }, ...flags)
    renderings.set(key, known)
    return known
  }

  test.each(OTHER_VALUES)('$path', async ({ path, value, where = {} }) => {
    const text = await rendering(where, ...valueFlags({ [path]: value }))
    expect(text).not.toBe(await rendering(where))
    for (const leaf of leaves(value)) expect(text).toContain(leaf)
  })

  test('and each one is tried', async () => {
    expect(OTHER_VALUES.map(({ path }) => path).toSorted()).toEqual((await paths()).toSorted())
  })
})

describe('the schema', () => {
  test('knows every value, and no other', async () => {
    const known = await paths()
    const visit = ({ properties }: Schema, path: string): string[] => {
      if (path !== '' && known.includes(path)) return [path]
      const members = Object.entries(properties ?? {})
      if (members.length === 0) return [path]
      return members.flatMap(([name, member]) => visit(member, path === '' ? name : `${path}.${name}`))
    }
    expect(visit(await schema(), '').toSorted()).toEqual([...known, ...GIVEN].toSorted())
  })

  test('lets nothing else in, wherever it names members', async () => {
    const visit = (part: Schema): void => {
      if (part.properties === undefined) return
      expect(part).toMatchObject({ type: 'object', additionalProperties: false })
      for (const member of Object.values(part.properties)) visit(member)
    }
    visit(await schema())
  })

  test.each(REFUSED_VALUES)('refuses $path = $value: $says', async ({ path, value, where = {}, says }) => {
    const flags = valueFlags({ [path]: value })
    await expect(render(helm, { values: where }, ...flags)).rejects.toThrow(says)
  })
})

const LINTED = ['the defaults', 'everything']

test.each(INSTALLATIONS.filter(({ title }) => LINTED.includes(title)))(
  'helm lint has nothing to say against: $title',
  async ({ values }) => {
    expect(await helm('lint', CHART, '--strict', ...valueFlags(values))).toContain(
      '1 chart(s) linted, 0 chart(s) failed',
    )
  },
)

test('the chart can be a part of another, under a condition and with global values', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'metricgate-chart-'))
  try {
    const part = { name: 'metricgate', version: '0.x.x', repository: '', condition: 'metricgate.enabled' }
    const chart = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies: [part] }
    const values = { global: { region: 'north' }, metricgate: { enabled: true, replicas: 3 } }
    await writeFile(join(directory, 'Chart.yaml'), JSON.stringify(chart))
    await writeFile(join(directory, 'values.yaml'), JSON.stringify(values))
    await mkdir(join(directory, 'charts'))
    await cp(CHART, join(directory, 'charts/metricgate'), { recursive: true })
    expect(await helm('template', 'metricgate', directory)).toContain('replicas: 3')
  } finally {
    await rm(directory, { recursive: true })
  }
})
