import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SupervisorReport, SupervisorRequest } from './supervision.ts'

/*
 * The program that stands between a test and the processes it needs. It owns the processes and their directory, and ends
 * them when the channel to its parent closes: the kernel closes it however the parent ends, SIGKILL included, when the parent
 * itself can do nothing any more. It runs in its own session, out of reach of the Ctrl-C that stops the parent.
 */

const children = new Map<string, ChildProcess>()
const givenDirectory = process.argv[2]
const directory = givenDirectory ?? mkdtempSync(join(tmpdir(), 'metricgate-cluster-'))
let ending = false

function report(message: SupervisorReport): void {
  if (process.connected) process.send?.(message)
}

function start(request: SupervisorRequest & { do: 'spawn' }): void {
  const { name, file, args, environment } = request
  const log = openSync(request.log, 'a', 0o600)
  // A bare environment: these programs would read settings from it (ETCD_*, KUBECONFIG, …) that are the user's.
  // One that cannot ask to die with this process (see exit_with_parent_linux.go) ignores the variable.
  const env = { ...environment, HOME: directory, METRICGATE_EXIT_WITH_PARENT: String(process.pid) }
  const child = spawn(file, args, { cwd: directory, env, stdio: ['ignore', log, log] })
  closeSync(log)
  child.once('spawn', () => {
    children.set(name, child)
    report({ is: 'spawned', name, pid: child.pid ?? 0 })
  })
  child.once('error', error => report({ is: 'refused', name, message: error.message }))
  child.once('exit', (code, signal) => {
    children.delete(name)
    report({ is: 'exited', name, code, signal })
    if (ending) endWhenAlone()
  })
}

function relay(server: Server, port: number): void {
  server.on('connection', client => {
    const target = connect(port, '127.0.0.1')
    client.pipe(target).pipe(client)
    client.on('error', () => target.destroy()).on('close', () => target.destroy())
    target.on('error', () => client.destroy()).on('close', () => client.destroy())
  })
}

/** Their data is thrown away with the directory, so there is nothing that a gentler signal would save. */
function end(): void {
  ending = true
  for (const child of children.values()) child.kill('SIGKILL')
  endWhenAlone()
}

function endWhenAlone(): void {
  if (children.size > 0) return
  if (givenDirectory !== undefined) process.exit()
  // A parent that still writes its files into the directory makes the first attempt fail.
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.exit()
}

process.on('message', (request: SupervisorRequest, handle: unknown) => {
  if (ending) return
  if (request.do === 'spawn') start(request)
  else if (request.do === 'relay') relay(handle as Server, request.port)
  else children.get(request.name)?.kill(request.signal)
})
process.on('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)

if (process.connected) report({ is: 'ready', directory })
else end()
