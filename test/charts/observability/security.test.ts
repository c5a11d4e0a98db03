import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'

interface Rule {
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

/** What the roles of a file of manifests permit: each resource with its verbs. */
function permitted(file: string): string[] {
  const rules = parseAllDocuments(read(file)).flatMap(document => (document.toJS()?.rules ?? []) as Rule[])
  return resourcesWithVerbs(rules)
}

/** What a table of docs/security.md says that they do; `table` counts those of the section. */
function documented(table: number): string[] {
  const section =
    read('docs/security.md')
      .split(/^## /m)
      .find(part => part.startsWith('The operator\n')) ?? ''
  const rows = section.split('| resources | verbs | why |')[table + 1]?.split('\n\n')[0] ?? ''
  return resourcesWithVerbs(
    [...rows.matchAll(/^\| (`.*?) \| (.*?) \|/gm)].map(([, resources = '', verbs = '']) => ({
      resources: [...resources.matchAll(/`([^`]+)`/g)].map(([, resource = '']) => resource),
      verbs: verbs.split(', '),
    })),
  )
}

function resourcesWithVerbs(rules: readonly Rule[]): string[] {
  const verbsOf = new Map<string, Set<string>>()
  for (const { resources, verbs } of rules) {
    for (const resource of resources) {
      verbsOf.set(resource, new Set([...(verbsOf.get(resource) ?? []), ...verbs]))
    }
  }
  return [...verbsOf].map(([resource, verbs]) => `${resource}: ${[...verbs].sort().join(', ')}`).sort()
}

test.each([
  { file: 'charts/manifests/rbac.yaml', table: 0 },
  { file: 'charts/manifests/rollout.yaml', table: 1 },
])('docs/security.md says what each permission of $file is for, and of no other', ({ file, table }) => {
  expect(permitted(file).length).toBeGreaterThan(3)
  expect(documented(table)).toEqual(permitted(file))
})
