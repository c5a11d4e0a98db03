import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { ClusterError } from '../errors.ts'
import type { Environment } from './cache.ts'

/** The Go toolchain that builds in a directory, as `go env` tells it: version `go1.26.8`, os `linux`, arch `amd64`. */
export interface GoToolchain {
  readonly version: string
  readonly os: string
  readonly arch: string
}

/**
 * Asks for the Go toolchain that would build the module in `directory`, and checks that it is new enough for it: at least
 * what the `go` line of its go.mod says.
 * @throws ClusterError E_GO when there is no Go, or only one that is too old
 */
export async function findGo(directory: string, environment: Environment): Promise<GoToolchain> {
  const required = /^go (\S+)/m.exec(await readFile(join(directory, 'go.mod'), 'utf8'))?.[1] ?? '1.21'
  const toolchain = await askGo(directory, required, environment)
  if (!isAtLeast(toolchain.version, required)) throw goError(required, `\`go\` is ${toolchain.version}`)
  return toolchain
}

async function askGo(directory: string, required: string, environment: Environment): Promise<GoToolchain> {
  try {
    const options = { cwd: directory, env: { ...environment, GOWORK: 'off' } }
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], options)
    const [version = '', os = '', arch = ''] = stdout.trim().split('\n')
    return { version, os, arch }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw goError(
      required,
      missing ? 'there is no `go` in PATH' : `\`go env\` failed: ${String(error)}`,
      error,
    )
  }
}

function goError(required: string, found: string, cause?: unknown): ClusterError {
  return new ClusterError(
    'E_GO',
    `the test cluster is built from source with Go ${required} or later, and ${found}; install it from https://go.dev/dl/, ` +
      'or set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager',
    { cause },
  )
}

/** Whether a version that Go prints (`go1.26.8`, `go1.27rc1`, `devel …`) is one of go.mod's (`1.26.0`) or later. */
export function isAtLeast(goVersion: string, required: string): boolean {
  if (goVersion.startsWith('devel')) return true
  const have = numbers(goVersion)
  const want = numbers(required)
  for (const [index, wanted] of want.entries()) {
    const had = have[index] ?? 0
    if (had !== wanted) return had > wanted
  }
  return true
}

function numbers(version: string): number[] {
  return (version.match(/\d+(\.\d+)*/)?.[0] ?? '0').split('.').map(Number)
}

/**
 * Runs one `go` command and resolves to what it printed on standard output.
 * @param onLine called with each line on standard error, where Go reports what it downloads and compiles
 * @throws ClusterError E_BUILD with the command and the end of its standard error
 */
export async function runGo(
  args: readonly string[],
  directory: string,
  environment: Environment,
  onLine: (line: string) => void = () => undefined,
): Promise<string> {
  const child = spawn('go', args, {
    cwd: directory,
    env: { ...environment, GOWORK: 'off', CGO_ENABLED: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  )
  const errors: string[] = []
  createInterface(child.stderr).on('line', line => {
    errors.push(line)
    onLine(line)
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await exited
  if (code !== 0) {
    throw new ClusterError(
      'E_BUILD',
      `go ${args.join(' ')} (in ${directory}) ended with ${code}:\n${errors.slice(-20).join('\n')}`,
    )
  }
  return output
}
