import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readOfflinePolicies } from '../../../proxy/policy/offline.ts'
import { written } from './policies.ts'

const service = {
  name: undefined,
  namespace: undefined,
  version: undefined,
  instanceId: undefined,
  resourceAttributes: new Map<string, string>(),
  labels: new Map<string, string>(),
}
const named = (id: string) => ({ ...written([{ metric_type: 'gauge' }]), id })

test('the policies of the configuration and of files, without those of servers', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'metricgate-offline-'))
  try {
    const path = join(directory, 'policies.json')
    await writeFile(path, JSON.stringify([named('b'), named('a')]))
    const { set, notAsked } = await readOfflinePolicies({
      inline: [named('a')],
      providers: [
        { type: 'http', id: 'tero', url: 'http://127.0.0.1:1/', headers: [] },
        { type: 'file', id: 'local', path },
      ],
      service,
    })
    expect(set.policies.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(notAsked).toEqual(['tero'])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a file that is not there is said', async () => {
  const providers = [{ type: 'file', id: 'local', path: '/nowhere/policies.json' }] as const
  await expect(readOfflinePolicies({ inline: undefined, providers, service })).rejects.toThrow(
    '/nowhere/policies.json: there is no such file',
  )
})
