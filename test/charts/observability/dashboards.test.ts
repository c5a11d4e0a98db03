import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { generatedDashboards } from '../../../charts/dashboards/generated.ts'
import { type DashboardPanel, dashboardFiles } from './dashboards.ts'

const files = dashboardFiles()

test('there is one for the operator and one for the proxies', () => {
  expect(files.map(({ file }) => file)).toEqual(['metricgate-operator.json', 'metricgate-proxies.json'])
})

test.each([...generatedDashboards()])(
  '%s is what charts/dashboards makes (else run: npm run generate)',
  (path, text) => {
    expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).toBe(text)
  },
)

describe.each(files)('$file', ({ file, dashboard }) => {
  const { panels, templating, uid } = dashboard
  const graphs = panels.filter(({ type }) => type !== 'row')

  test('has the name of its address', () => {
    expect(file).toBe(`${uid}.json`)
  })

  test('lets the reader choose the data source first', () => {
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
  })

  test('uses every variable that it has, and has every one that it uses', () => {
    const declared = templating.list.map(({ name }) => name)
    const queries = templating.list.map(({ query }) => JSON.stringify(query))
    const text = [...graphs.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...queries].join('\n')
    const used = new Set([...text.matchAll(/\$([a-z]+)/g)].map(([, name]) => name))
    expect([...used].sort()).toEqual(declared.filter(name => name !== 'datasource').sort())
  })

  test('numbers its panels', () => {
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1))
  })

  test('has panels that overlap nowhere, and fill the width', () => {
    const cells = new Map<string, number>()
    for (const { id, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      for (const cell of cellsOf(gridPos)) {
        expect([cell, cells.get(cell) ?? id]).toEqual([cell, id])
        cells.set(cell, id)
      }
    }
  })

  test.each(graphs.map(panel => ({ title: panel.title, panel })))(
    '$title: says what it shows',
    ({ panel }) => {
      expect(panel.description).toMatch(/^[A-Z`].{10,}\.$/)
      expect(panel.fieldConfig?.defaults.unit).toBeTruthy()
      expect(panel.targets.length).toBeGreaterThan(0)
      expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
    },
  )
})

function cellsOf({ x, y, w, h }: DashboardPanel['gridPos']): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`)
}
