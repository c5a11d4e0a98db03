import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Closeable, type WatchOptions, watchFiles } from '../../../proxy/config/watch.ts'

let directory: string
let watcher: Closeable | undefined
let onLook: (() => void) | undefined

/** Resolves at the next look at the files. */
const nextLook = () => new Promise<void>(resolve => (onLook = resolve))

function watch(path: string, options: WatchOptions): void {
  watcher = watchFiles([path], () => onLook?.(), { settleMs: 1, ...options })
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-watch-'))
})

afterEach(async () => {
  watcher?.close()
  onLook = undefined
  await rm(directory, { recursive: true })
})

const NEVER = { pollMs: 2 ** 30 }

test('looks when the file is written', async () => {
  const path = join(directory, 'config.yaml')
  await writeFile(path, 'a')
  watch(path, NEVER)
  const look = nextLook()
  await writeFile(path, 'b')
  await look
})

test('looks when the file is replaced by renaming, as editors do', async () => {
  const path = join(directory, 'config.yaml')
  await writeFile(path, 'a')
  await writeFile(`${path}.new`, 'b')
  watch(path, NEVER)
  const look = nextLook()
  await rename(`${path}.new`, path)
  await look
})

test('looks when a ConfigMap volume swaps its symbolic link', async () => {
  // The kubelet's layout: config.yaml -> ..data/config.yaml, ..data -> ..<time>.
  for (const time of ['..1', '..2']) {
    await mkdir(join(directory, time))
    await writeFile(join(directory, time, 'config.yaml'), time)
  }
  await symlink('..1', join(directory, '..data'))
  await symlink('..data/config.yaml', join(directory, 'config.yaml'))
  await symlink('..2', join(directory, '..data_tmp'))
  watch(join(directory, 'config.yaml'), NEVER)
  const look = nextLook()
  await rename(join(directory, '..data_tmp'), join(directory, '..data'))
  await look
})

test('looks now and then where the file system tells nothing', async () => {
  watch(join(directory, 'config.yaml'), { pollMs: 1, watchDirectory: () => ({ close: () => undefined }) })
  await nextLook()
  await nextLook()
})

test('watches a directory that comes later', async () => {
  const later = join(directory, 'later')
  let watched = 0
  const watchDirectory = (): Closeable => {
    if (++watched === 1) throw new Error('ENOENT')
    return { close: () => undefined }
  }
  watch(join(later, 'config.yaml'), { pollMs: 1, watchDirectory })
  await nextLook()
  expect(watched).toBe(2)
})

test('watches again when the system ends the watch', async () => {
  const ends: (() => void)[] = []
  const watchDirectory: WatchOptions['watchDirectory'] = (_directory, _onEvent, onEnd) => {
    ends.push(onEnd)
    return { close: () => undefined }
  }
  watch(join(directory, 'config.yaml'), { pollMs: 1, watchDirectory })
  ends[0]?.()
  await nextLook()
  expect(ends).toHaveLength(2)
})
