import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { CoreV1Api } from '@kubernetes/client-node'
import { type Cluster, eventually, nodeUnavailable, PROBE_IMAGE, startCluster } from './index.ts'

// A first build takes minutes.
jest.setTimeout(900_000)

const describeNode = nodeUnavailable() === undefined ? describe : describe.skip

describeNode('of a cluster with a node', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('nothing is left when its parent ends by %s', async signal => {
    const { parent, directory } = await startParent()
    const running = await tracesOf(directory)
    expect(running).toContainEqual(expect.stringContaining('containerd-shim'))
    parent.kill(signal)
    await nothingLeftOf(directory)
  })

  test('nothing is left after stop(), and the machine is as it was all the time', async () => {
    const before = await machine()
    await using cluster = await startCluster()
    await runPod(cluster)
    expect(await machine()).toEqual(before)
    await cluster.stop()
    expect(await tracesOf(cluster.directory)).toEqual([])
    expect(await machine()).toEqual(before)
  })

  test('nothing is left when the process that holds its namespaces is killed', async () => {
    await using cluster = await startCluster()
    await runPod(cluster)
    process.kill(await processIdOf(cluster.directory, 'unshare'), 'SIGKILL')
    await nothingLeftOf(cluster.directory)
  })

  test('what could not be removed when all was killed is removed by the next one', async () => {
    const { parent, directory } = await startParent()
    process.kill(await processIdOf(directory, 'contain.sh'), 'SIGKILL')
    parent.kill('SIGKILL')
    await using _ = await startCluster()
    await nothingLeftOf(directory)
  })

  test('two run side by side', async () => {
    await using clusters = new AsyncDisposableStack()
    const started = await Promise.all([startCluster(), startCluster()])
    await Promise.all(started.map(cluster => runPod(clusters.use(cluster))))
  })
})

async function runPod(cluster: Cluster): Promise<void> {
  const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
  const containers = [{ name: 'probe', image: PROBE_IMAGE, args: ['serve', ':8080'] }]
  const body = { metadata: { name: 'probe' }, spec: { containers } }
  await core.createNamespacedPod({ namespace: 'default', body })
  await eventually('the pod to run', async () => {
    const { status } = await core.readNamespacedPod({ namespace: 'default', name: 'probe' })
    return status?.phase === 'Running'
  })
}

/** Starts a process that starts a cluster with a pod, and stays. */
async function startParent(): Promise<{ parent: ChildProcess; directory: string }> {
  const script = `
    import { CoreV1Api } from '@kubernetes/client-node'
    import { eventually, PROBE_IMAGE, startCluster } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    ${runPod}
    const cluster = await startCluster()
    await runPod(cluster)
    console.log(cluster.directory)`
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  return { parent, directory: String(line).trim() }
}

/** The process of a cluster whose command line starts with a program, or a shell with a script. */
async function processIdOf(directory: string, program: string): Promise<number> {
  const found = (await processesOf(basename(directory))).find(text =>
    new RegExp(`^process \\d+ (sh \\S*/)?${program} `).test(text),
  )
  if (found === undefined) throw new Error(`no ${program} among the processes of ${directory}`)
  return Number(found.split(' ')[1])
}

async function nothingLeftOf(directory: string): Promise<void> {
  await eventually('the last traces to go', async () => {
    const traces = await tracesOf(directory)
    if (traces.length > 0) throw new Error(traces.join('\n'))
    return true
  })
}

/** What there is of a cluster on the machine: processes, mounts, control groups, files; all of them name its directory. */
async function tracesOf(directory: string): Promise<string[]> {
  const name = basename(directory)
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').filter(line => line.includes(name))
  const groups = await Promise.all(
    ['/sys/fs/cgroup', ...(await directoriesIn('/sys/fs/cgroup'))].map(directoriesIn),
  )
  const files = await directoriesIn(dirname(directory))
  const found = [...groups.flat(), ...files].filter(path => basename(path) === name)
  return [...(await processesOf(name)), ...mounts, ...found]
}

async function processesOf(name: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry))
  const processes = await Promise.all(
    ids.map(async id => {
      const command = (await readProcess(id, 'cmdline')).replaceAll('\0', ' ')
      const belongs = command.includes(name) || (await readProcess(id, 'cgroup')).includes(name)
      return belongs ? [`process ${id} ${command}`] : []
    }),
  )
  return processes.flat()
}

/** A file of a process; empty when the process has ended meanwhile. */
async function readProcess(id: string, file: string): Promise<string> {
  try {
    return await readFile(`/proc/${id}/${file}`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw error
  }
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.filter(entry => entry.isDirectory()).map(entry => join(path, entry.name))
}

/** What a node could change of a machine: its network, its kernel's settings, and the places where its programs write. */
async function machine(): Promise<unknown> {
  const settings = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory', 'net/ipv4/ip_forward']
  return {
    interfaces: await readdir('/sys/class/net'),
    routes: await readFile('/proc/net/route', 'utf8'),
    settings: await Promise.all(settings.map(setting => readFile(`/proc/sys/${setting}`, 'utf8'))),
    directories: await Promise.all(['/run', '/var/lib', '/var/log', '/usr/libexec'].map(directoriesIn)),
  }
}
