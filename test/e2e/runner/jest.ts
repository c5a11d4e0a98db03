import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../cluster/assets/cache.ts'
import { type RunResults, resultsSchema } from './results.ts'

const ROOT = join(import.meta.dirname, '../../..')
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js')

/** Which test files Jest runs. */
export interface Selection {
  /** Files that match this glob, */
  readonly glob: string
  /** and of these, if there are any, those whose path has one of these regular expressions. */
  readonly patterns: readonly string[]
}

/**
 * Runs Jest over test files, one after the other, and resolves to what it found. It ends with this process, however that ends.
 * @param output where Jest is to write its results
 * @throws Error when Jest does not get as far as results
 */
export async function runJest(
  { glob, patterns }: Selection,
  output: string,
  environment: Environment,
): Promise<RunResults> {
  const node = [process.execPath, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const selection = [`--testMatch=${glob}`, ...patterns.map(pattern => `--testPathPatterns=${pattern}`)]
  const options = [
    '--runInBand',
    '--verbose',
    '--passWithNoTests',
    // What a test that failed has left running is not waited for: it ends with Jest.
    '--forceExit',
    '--json',
    `--outputFile=${output}`,
  ]
  const command = ['setpriv', '--pdeathsig', 'KILL', '--', ...node, JEST, ...options, ...selection]
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code, signal] = await once(child, 'exit')
  try {
    return resultsSchema.parse(JSON.parse(await readFile(output, 'utf8')))
  } catch (error) {
    throw new Error(`Jest ended with ${signal ?? `exit code ${code}`} and without results`, { cause: error })
  }
}
