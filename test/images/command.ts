import { type ChildProcess, spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import type { Environment } from '../cluster/assets/cache.ts'
import { ImageError } from './errors.ts'

/** How a command is run. */
export interface CommandOptions {
  readonly environment: Environment
  /** Default: the directory of this process. */
  readonly directory?: string
  /** What the command reads on standard input. Default: nothing. */
  readonly input?: Uint8Array
}

const ERROR_LINES = 60

/**
 * What to put before a command that mounts or starts others. It runs in namespaces of its own that end with this process,
 * however it ends: the kernel then ends all that was started in them and drops their mounts.
 */
export const CONFINEMENT: readonly string[] = [
  ...['setpriv', '--pdeathsig', 'KILL', '--'],
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
]

/**
 * Runs a command and resolves to what it wrote to standard output.
 * @throws ImageError E_COMMAND with the command and the end of what it wrote to standard error
 */
export async function run(command: readonly string[], options: CommandOptions): Promise<Buffer> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: options.directory, env: { ...options.environment } })
  // A command that ends without reading all of its input: its exit code tells how it went.
  child.stdin.on('error', () => undefined).end(options.input)
  const [output, errors, ending] = await Promise.all([buffer(child.stdout), text(child.stderr), endOf(child)])
  if (ending === 'exit code 0') return output
  const said = errors.trimEnd().split('\n').slice(-ERROR_LINES).join('\n')
  throw new ImageError('E_COMMAND', `${command.join(' ')}: ${ending}\n${said}`)
}

/** Like `run`, as root, for a command that mounts or starts others: nothing of it outlives this process. */
export function runConfined(command: readonly string[], options: CommandOptions): Promise<Buffer> {
  return run([...CONFINEMENT, ...command], options)
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}
