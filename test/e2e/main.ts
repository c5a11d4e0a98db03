import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError, nodeUnavailable } from '../cluster/index.ts'
import { ImageError } from '../images/errors.ts'
import { runJest } from './runner/jest.ts'
import type { RunResults } from './runner/results.ts'
import { startStage } from './runner/stage-cluster.ts'
import { summarize } from './runner/summary.ts'
import { SETUP_VARIABLE } from './setup.ts'

const USAGE = `usage: npm run test:e2e [-- PATTERN...]

Runs the tests that need containers, and the stories of test/e2e in a cluster that it starts for them; with patterns, only
the files whose path has one of them.
`
const PARENT_CHECK_MS = 1_000
const startedMs = performance.now()
const report = (line: string) => {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)
  process.stderr.write(`e2e ${seconds} s  ${line}\n`)
}
const context = { environment: process.env, report }

/** Runs what is asked for; true when all of it passed. What there is to see of failures is kept in `evidence`. */
async function run(directory: string, evidence: string, patterns: readonly string[]): Promise<boolean> {
  report('what the stories stand on: the cluster and the images')
  const glob = '**/test/{cluster,images,proxy}/**/*.e2e.ts'
  const ground = await runJest({ glob, patterns }, join(directory, 'ground.json'), process.env)
  const stories = await tell(directory, evidence, patterns)

  const summary = summarize([ground, stories], evidence)
  process.stdout.write(summary)
  const passed = ground.success && stories.success
  if (!passed) {
    await mkdir(evidence, { recursive: true })
    await writeFile(join(evidence, 'SUMMARY.md'), summary)
  }
  return passed
}

async function tell(directory: string, evidence: string, patterns: readonly string[]): Promise<RunResults> {
  const { cluster, setup } = await startStage(directory, context)
  try {
    const setupFile = join(directory, 'setup.json')
    await writeFile(setupFile, JSON.stringify({ ...setup, evidence }))
    report('the stories')
    const environment = { ...process.env, [SETUP_VARIABLE]: setupFile }
    const selection = { glob: '**/test/e2e/**/*.e2e.ts', patterns }
    const results = await runJest(selection, join(directory, 'stories.json'), environment)
    if (!results.success) await keepLogs(cluster.directory, join(evidence, 'cluster'))
    return results
  } finally {
    await cluster.stop()
    report('the cluster has ended')
  }
}

/** Keeps the logs of the cluster's own programs, which go away with it. */
async function keepLogs(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const file of await readdir(from)) {
    if (file.endsWith('.log')) await cp(join(from, file), join(to, file))
  }
}

async function main(patterns: readonly string[]): Promise<void> {
  const unavailable = nodeUnavailable()
  if (unavailable !== undefined) {
    process.stdout.write(`The end-to-end tests are skipped: ${unavailable}.\n`)
    return
  }
  const directory = await mkdtemp(join(tmpdir(), 'metricgate-e2e-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  endEarly()
  if (!(await run(directory, `${directory}-evidence`, patterns))) process.exitCode = 1
}

/**
 * Ends this process on a signal, and when its parent, such as npm, is gone without having passed one on. The cluster and Jest end
 * with it.
 */
function endEarly(): void {
  const end = () => process.exit(1)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && end(), PARENT_CHECK_MS).unref()
}

const args = process.argv.slice(2)
if (args.some(argument => argument.startsWith('-'))) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else
  try {
    await main(args)
  } catch (error) {
    if (!(error instanceof ClusterError || error instanceof ImageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
