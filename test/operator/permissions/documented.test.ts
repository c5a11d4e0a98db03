import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { manifest, OWN_ACCOUNT } from '../controller/support/cluster.ts'
import { describePermission, permissionsOf } from './rules.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/operator.md')
/** A row such as: | `pods` | list, watch | … |; names in brackets follow the resource. */
const ROW = /^\| (`[^|]+) \| ([a-z, ]+) \|/gm
const RESOURCE = /`([a-z/]+)`(?: \(`([a-z-]+)`\))?/g

/** What the tables of docs/operator.md, "Permissions", say: "list pods", sorted. */
async function documented(): Promise<string[]> {
  const text = await readFile(DOCUMENT, 'utf8')
  const [section = ''] = text.split('\n## Permissions\n')[1]?.split('\n## ') ?? []
  return [...section.matchAll(ROW)]
    .flatMap(([, resources = '', verbs = '']) =>
      [...resources.matchAll(RESOURCE)].flatMap(([, resource = '', name]) =>
        verbs
          .split(', ')
          .map(verb => describePermission({ verb, resource, names: name === undefined ? [] : [name] })),
      ),
    )
    .sort()
}

test('docs/operator.md lists every permission of the manifests once, and no other', async () => {
  const objects = [...(await manifest('rbac.yaml')), ...(await manifest('rollout.yaml'))]
  const granted = permissionsOf(objects, OWN_ACCOUNT).map(describePermission)
  expect(await documented()).toEqual(granted.sort())
})
