import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, jest } from '@jest/globals'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'metricgate-program-'))
const bundle = join(directory, 'proxy.js')

// Programs start slowly on a busy machine.
jest.setTimeout(60_000)

/** Bundles the program into one file, as its image has it, for the tests that import this. */
beforeAll(() => {
  const bundling = ['run', '--silent', 'bundle', '--', 'proxy=proxy/main.ts', `--outdir=${directory}`]
  execFileSync('npm', bundling, { cwd: ROOT })
})

afterAll(() => rmSync(directory, { recursive: true }))

/** The program as a process, with what it has written so far. */
export interface Program {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The exit code, when it has ended. */
  readonly ended: Promise<number | null>
  /** Resolves when standard output matches; rejects if the program ends before. */
  outputMatching(pattern: RegExp): Promise<RegExpExecArray>
}

/** Starts the program. `input` becomes its standard input. */
export function start(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [bundle, ...args], { env: { PATH: process.env.PATH, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.end(input)
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const outputMatching = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(stdout)
      if (match !== null) return match
      const news = await Promise.race([once(child.stdout, 'data'), ended])
      if (!Array.isArray(news)) throw new Error(`ended with ${news} before ${pattern}: ${stdout}${stderr}`)
    }
  }
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended, outputMatching }
}

/** Runs the program to its end. */
export async function run(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}) {
  const program = start(args, input, env)
  const code = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}
