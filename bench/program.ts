import { UsageError } from './options.ts'

/** What a benchmark does on the command line. */
export interface Program<Options> {
  /** The text of --help. */
  readonly help: string
  /** Throws UsageError. */
  readonly readOptions: (args: readonly string[]) => Options | 'help'
  readonly run: (options: Options) => Promise<void>
}

/** Runs a benchmark as this process: exit code 2 for a command line that it cannot follow, 1 for anything else that fails. */
export async function runProgram<Options>(program: Program<Options>): Promise<void> {
  // The default would end this process without its exit handlers, and leave the others running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  try {
    await follow(program)
  } catch (error) {
    const text =
      error instanceof UsageError ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`bench: ${text}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

async function follow<Options>({ help, readOptions, run }: Program<Options>): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(help)
  else if (process.platform !== 'linux')
    throw new UsageError(
      `the benchmark reads CPU time and memory from /proc, which ${process.platform} does not have: run it on Linux`,
    )
  else await run(options)
}
