import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const START_MS_MAX = 30_000
const RETRY_MS = 20

/** All processes that run: none outlives this one, however it ends. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill()
})

function track(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** A process of the benchmark that runs. */
export interface Child {
  readonly pid: number
  /** Ends it, and waits until it has ended. */
  readonly stop: () => Promise<void>
}

/** A worker of ours, which takes messages. */
export interface Worker extends Child {
  /** What it said when it was ready. */
  readonly greeting: unknown
  /** Sends it a message, and waits for what it answers. */
  readonly ask: (message: object) => Promise<unknown>
}

/** A port that nobody listens on at the moment: a program whose address we cannot ask for gets it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server has no port')
  return address.port
}

/** What a worker says next; throws when it ends instead. */
async function nextMessage(child: ChildProcess, what: string): Promise<unknown> {
  const ended = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', ended).then(([message]) => message),
      once(child, 'exit', ended).then(([code]) => {
        throw new Error(`${what} ended with exit code ${code}`)
      }),
    ])
  } finally {
    ended.abort()
  }
}

function stopper(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill()
    await exit
  }
}

function pidOf(child: ChildProcess, what: string): number {
  if (child.pid === undefined) throw new Error(`${what} could not be started`)
  return child.pid
}

/** Starts a program of this folder, and waits for its first message. */
export async function startWorker(file: string, ...args: readonly string[]): Promise<Worker> {
  const child = fork(path.join(import.meta.dirname, file), args)
  track(child)
  const greeting = await nextMessage(child, file)
  return {
    pid: pidOf(child, file),
    greeting,
    stop: stopper(child),
    ask: message => {
      const answer = nextMessage(child, file)
      child.send(message)
      return answer
    },
  }
}

/**
 * Starts a server and waits until it accepts connections on a port of this machine.
 *
 * @param command program and arguments; or a command line for a shell
 */
export async function startServer(command: readonly string[] | string, port: number): Promise<Child> {
  // `exec`: the process that is measured is the program itself, not the shell.
  const [program = '', ...args] = typeof command === 'string' ? ['sh', '-c', `exec ${command}`] : command
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  track(child)
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-2000)
  })
  const what = typeof command === 'string' ? command : command.join(' ')
  const started = performance.now()
  while (!(await accepts(port))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (!hasEnded && performance.now() - started < START_MS_MAX) {
      await delay(RETRY_MS)
      continue
    }
    child.kill()
    throw new Error(`${what}: does not listen on port ${port}; it said: ${complaints.trim()}`)
  }
  return { pid: pidOf(child, what), stop: stopper(child) }
}

/** Whether someone listens on a port of this machine. */
function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => settle(true)).on('error', () => settle(false))
  })
}
