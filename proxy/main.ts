#!/usr/bin/env node
import { hostname } from 'node:os'
import packageJson from '../package.json' with { type: 'json' }
import { analyzeFile } from './commands/analyze.ts'
import { check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { filter } from './commands/filter.ts'
import type { CommandIo } from './commands/io.ts'
import { serve } from './commands/serve.ts'
import { ConfigError } from './config/error.ts'
import { HELP, readCommandLine, UsageError } from './config/flags.ts'
import { codeOf, messageOf } from './errors.ts'

const PROGRAM = 'metricgate-proxy'

const io: CommandIo = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  version: packageJson.version,
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: Math.random,
  instanceId: hostname(),
  startedAtMs: performance.timeOrigin,
  memoryBytes: () => process.memoryUsage.rss(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  onStop: callback => {
    process.once('SIGTERM', callback)
    process.once('SIGINT', callback)
  },
}

/** Runs the command that the command line asks for, and answers with the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const invocation = readCommandLine(args)
  switch (invocation.command) {
    case 'help':
      io.stdout.write(HELP)
      return 0
    case 'version':
      io.stdout.write(`${PROGRAM} ${io.version}\n`)
      return 0
    case 'serve':
      return serve(invocation, io)
    case 'check':
      return check(invocation.inputs, io)
    case 'filter':
      return filter(invocation, io)
    case 'analyze':
      return analyzeFile(invocation, io)
    case 'explain':
      return explain(invocation, io)
  }
}

function describe(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nSee ${PROGRAM} --help`
  if (error instanceof ConfigError)
    return `the configuration is not valid (${error.source})\n${error.problems.map(problem => `  ${problem}`).join('\n')}`
  return messageOf(error)
}

// Whoever reads the output may have had enough of it (`… | head`).
process.stdout.on('error', error => {
  if (codeOf(error) !== 'EPIPE') throw error
  process.exit(0)
})

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  io.stderr.write(`${PROGRAM}: ${describe(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
