import { mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { POLICY_BYTES_MAX } from '../../../../proxy/policy/limits.ts'
import { identityOf, type PolicyReading } from '../../../../proxy/policy/policy.ts'
import { FileProvider } from '../../../../proxy/policy/providers/file.ts'
import { TestLog } from './log.ts'

const policies = (...ids: string[]) =>
  JSON.stringify({
    policies: ids.map(id => ({ id, name: id, metric: { match: [{ metric_type: 'gauge' }], keep: false } })),
  })

let directory: string
let path: string
let provider: FileProvider
let log: TestLog
/** The ids of each set that came. */
let replaced: string[][]
let onReplace: () => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-policies-'))
  path = join(directory, 'policies.json')
  log = new TestLog()
  replaced = []
  onReplace = () => undefined
  const replace = (readings: readonly PolicyReading[]) => {
    replaced.push(readings.map(reading => identityOf(reading).id))
    onReplace()
  }
  const watch = { pollMs: 2 ** 30, settleMs: 1 }
  provider = new FileProvider({ id: 'local', path, replace, now: () => 5, log, watch })
})

afterEach(async () => {
  provider.close()
  await rm(directory, { recursive: true })
})

/** Resolves when the next set comes. */
const nextSet = () => new Promise<void>(resolve => (onReplace = resolve))

test('the policies of the file are there after the first look', async () => {
  await writeFile(path, policies('a', 'b'))
  await provider.look()
  expect(replaced).toEqual([['a', 'b']])
  expect(provider.status).toMatchObject({ state: 'ok', lastSuccessMs: 5, source: path })
})

test('a file in YAML', async () => {
  await writeFile(
    path,
    'policies:\n- { id: a, name: a, metric: { match: [{ metric_type: gauge }], keep: false } }\n',
  )
  await provider.look()
  expect(replaced).toEqual([['a']])
})

test('a file that did not change replaces nothing', async () => {
  await writeFile(path, policies('a'))
  await provider.look()
  await provider.look()
  expect(replaced).toHaveLength(1)
  expect(provider.status.successes).toBe(2)
})

describe('while it runs', () => {
  beforeEach(async () => {
    await writeFile(path, policies('a'))
    const first = nextSet()
    provider.start()
    await first
  })

  test('a changed file is read again', async () => {
    const second = nextSet()
    await writeFile(path, policies('b'))
    await second
    expect(replaced.at(-1)).toEqual(['b'])
  })

  test('a file that was replaced by renaming is, too', async () => {
    const second = nextSet()
    await writeFile(`${path}.new`, policies('b'))
    await rename(`${path}.new`, path)
    await second
    expect(replaced.at(-1)).toEqual(['b'])
  })
})

test('a ConfigMap volume swaps its symbolic link', async () => {
  for (const [time, id] of [
    ['..1', 'a'],
    ['..2', 'b'],
  ] as const) {
    await mkdir(join(directory, time))
    await writeFile(join(directory, time, 'policies.json'), policies(id))
  }
  await symlink('..1', join(directory, '..data'))
  await symlink('..data/policies.json', path)
  await symlink('..2', join(directory, '..data_tmp'))
  const first = nextSet()
  provider.start()
  await first
  const second = nextSet()
  await rename(join(directory, '..data_tmp'), join(directory, '..data'))
  await second
  expect(replaced).toEqual([['a'], ['b']])
})

describe('a file that cannot be used leaves the last good policies', () => {
  const faults: [string, () => Promise<void>, string, RegExp][] = [
    ['it is gone', () => unlink(path), 'E_POLICY_FILE', /there is no such file$/],
    ['it is empty', () => truncate(path), 'E_POLICY_FORMAT', /expected policies: and a list of policies$/],
    ['it is half written', () => writeFile(path, '{"policies": ['), 'E_POLICY_FORMAT', /Flow sequence/],
    ['it is a directory', () => unlink(path).then(() => mkdir(path)), 'E_POLICY_FILE', /EISDIR/],
    ['it is too large', () => truncate(path, POLICY_BYTES_MAX + 1), 'E_POLICY_SIZE', /larger than/],
  ]
  test.each(faults)('%s', async (_, spoil, code, message) => {
    await writeFile(path, policies('a'))
    await provider.look()
    await spoil()
    await provider.look()
    expect(replaced).toEqual([['a']])
    expect(provider.status).toMatchObject({
      state: 'failing',
      problem: { code, message: expect.stringMatching(message) },
    })
  })

  test('what is wrong is said once, and that it is over', async () => {
    await provider.look()
    await provider.look()
    await writeFile(path, policies('a'))
    await provider.look()
    expect(log.lines).toEqual([
      `warn: policies cannot be had, it has none so far: ${path}: there is no such file`,
      'info: policies received',
    ])
  })
})
