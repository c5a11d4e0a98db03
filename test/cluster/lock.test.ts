import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { withLock } from './assets/lock.ts'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-lock-'))
  path = join(directory, 'lock')
})

afterEach(() => rm(directory, { recursive: true, force: true }))

test('work under one lock never overlaps', async () => {
  let inside = 0
  const work = async () => {
    inside += 1
    expect(inside).toBe(1)
    await new Promise(resolve => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 4 }, () => withLock(path, () => undefined, work)))
})

test('the lock is given back when the work fails', async () => {
  const failing = withLock(path, failWhenWaiting, () => Promise.reject(new Error('of the work')))
  await expect(failing).rejects.toThrow('of the work')
  expect(await withLock(path, failWhenWaiting, async () => 'next')).toBe('next')
})

test('a lock whose holder was killed is free', async () => {
  const holder = spawn(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'assets/lock.ts'))}
     await withLock(${JSON.stringify(path)}, () => {}, () => new Promise(() => {
       console.log('held')
       setInterval(() => {}, 60_000)
     }))`,
  ])
  await once(holder.stdout, 'data')
  let waited = false
  const next = withLock(
    path,
    () => {
      waited = true
      holder.kill('SIGKILL')
    },
    async () => 'free',
  )
  expect(await next).toBe('free')
  expect(waited).toBe(true)
})

function failWhenWaiting(): void {
  throw new Error('nobody else holds the lock')
}
