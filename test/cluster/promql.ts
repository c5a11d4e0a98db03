import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { type BuildContext, ensureBinaries } from './assets/binaries.ts'
import { PROMQL } from './assets/sets.ts'
import { ClusterError } from './errors.ts'

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

const matcherSchema = z.object({
  label: z.string(),
  operator: z.enum(['=', '!=', '=~', '!~']),
  value: z.string(),
})
const expressionSchema = z.object({
  selectors: z.array(z.object({ metric: z.string(), matchers: z.array(matcherSchema) })),
  labels: z.array(z.string()),
  error: z.string().optional(),
})

/** What a PromQL expression asks for, as `selectors/main.go` tells it. */
export type PromqlExpression = z.output<typeof expressionSchema>
/** What one of its labels has to be. */
export type PromqlMatcher = z.output<typeof matcherSchema>

/** What reads PromQL as Prometheus does. */
export interface PromqlTools {
  /** Runs promtool; resolves to what it printed. Throws ClusterError E_PROGRAM with what it said. */
  readonly promtool: (...args: readonly string[]) => Promise<string>
  /** Has promtool check an exposition for what is not usual among metrics; resolves to nothing when all is. Throws likewise. */
  readonly lint: (exposition: string) => Promise<string>
  /** Takes expressions apart; one that does not parse has an `error`. */
  readonly read: (expressions: readonly string[]) => Promise<PromqlExpression[]>
}

/** Finds the tools in the cache, or builds them from Prometheus' Go module (once, minutes); throws like `ensureBinaries`. */
export async function resolvePromqlTools(context: BuildContext = defaultContext()): Promise<PromqlTools> {
  const directory = await ensureBinaries(context, PROMQL)
  return {
    promtool: (...args) => run(join(directory, 'promtool'), args),
    lint: exposition => run(join(directory, 'promtool'), ['check', 'metrics'], exposition),
    read: async expressions => {
      const output = await run(join(directory, 'selectors'), [], JSON.stringify(expressions))
      return z.array(expressionSchema).parse(JSON.parse(output))
    },
  }
}

async function run(executable: string, args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(executable, args, { maxBuffer: OUTPUT_BYTES_MAX })
  running.child.stdin?.end(input)
  try {
    return (await running).stdout
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    const said = [stderr, stdout].filter(Boolean).join('\n') || String(error)
    throw new ClusterError('E_PROGRAM', `${executable} ${args.join(' ')}: ${said.trim()}`, { cause: error })
  }
}

function defaultContext(): BuildContext {
  return { environment: process.env, report: line => void process.stderr.write(`${line}\n`) }
}
