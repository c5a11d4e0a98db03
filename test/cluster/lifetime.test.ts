import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { ensureBinaries } from './assets/binaries.ts'
import { eventually, startControlPlane } from './index.ts'
import { freePort } from './process/free-port.ts'

jest.setTimeout(120_000)

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-lifetime-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'nothing is left of a control plane whose parent ends by %s',
  async signal => {
    const parent = startParent()
    const { processIds, files } = await announcement(parent)
    expect(runningOf(processIds)).toEqual(processIds)
    parent.kill(signal)
    await nothingLeft(processIds, files)
  },
)

test('nothing is left when the parent is killed while the control plane starts', async () => {
  const parent = startParent()
  await eventually('the first files', async () => (await readdir(directory)).length > 0)
  parent.kill('SIGKILL')
  await eventually('the files to go', async () => (await readdir(directory)).length === 0)
})

// Only Linux tells a process of its parent's end.
const testOnLinux = process.platform === 'linux' ? test : test.skip

testOnLinux('the programs end with a killed supervisor, and stop() removes their files', async () => {
  const cluster = await startControlPlane()
  const processIds = cluster.processIds()
  process.kill(processIds[0] ?? 0, 'SIGKILL')
  await eventually('the end of all processes', () => runningOf(processIds).length === 0)
  await cluster.stop()
  await expect(access(cluster.directory)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('stop() ends all processes and removes all files, and may be called twice', async () => {
  const cluster = await startControlPlane()
  const processIds = cluster.processIds()
  await Promise.all([cluster.stop(), cluster.stop()])
  expect(runningOf(processIds)).toEqual([])
  await expect(access(cluster.directory)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a port that another process has taken is passed over', async () => {
  const other = createServer(socket => socket.resume()).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const taken = (other.address() as { port: number }).port
  const ports = [taken, await freePort()]
  const cluster = await startControlPlane({ proposePort: async () => ports.shift() ?? 0 })
  await cluster.stop()
  other.close()
  expect(ports).toEqual([])
})

test('KUBEBUILDER_ASSETS names the programs that run', async () => {
  const built = await ensureBinaries({ environment: process.env, report: () => undefined })
  for (const program of ['etcd', 'kube-apiserver', 'kube-controller-manager']) {
    const script = `#!/bin/sh\ntouch '${directory}/${program}.ran'\nexec '${built}/${program}' "$@"\n`
    await writeFile(join(directory, program), script, { mode: 0o755 })
  }
  const cluster = await startControlPlane({ environment: { KUBEBUILDER_ASSETS: directory } })
  await cluster.stop()
  const ran = (await readdir(directory)).filter(name => name.endsWith('.ran'))
  expect(ran).toEqual(['etcd.ran', 'kube-apiserver.ran', 'kube-controller-manager.ran'])
})

interface Announcement {
  readonly processIds: readonly number[]
  readonly files: string
}

/** Starts a process that starts a control plane, tells about it, and stays. */
function startParent(): ChildProcess {
  const script = `
    import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const cluster = await startControlPlane()
    console.log(JSON.stringify({ processIds: cluster.processIds(), files: cluster.directory }))
    setInterval(() => {}, 60_000)`
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function announcement(parent: ChildProcess): Promise<Announcement> {
  const [line] = await once(parent.stdout ?? parent, 'data')
  return JSON.parse(String(line))
}

async function nothingLeft(processIds: readonly number[], files: string): Promise<void> {
  await eventually('the end of all processes', () => runningOf(processIds).length === 0)
  await expect(access(files)).rejects.toMatchObject({ code: 'ENOENT' })
}

function runningOf(processIds: readonly number[]): number[] {
  return processIds.filter(pid => exists(pid) && !isZombie(pid))
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Whether a process has ended and only waits for its parent's attention; where there is no /proc, none is seen. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && / Z \d+ /.test(readFileSync(stat, 'utf8'))
}
