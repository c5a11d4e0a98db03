import { analyze, formatAnalysis } from '../analyze/analysis.ts'
import type { Invocation } from '../config/flags.ts'
import { formatOf } from './content-type.ts'
import { type CommandIo, openInput } from './io.ts'

type AnalyzeInvocation = Extract<Invocation, { command: 'analyze' }>

/** `analyze` and `--file`: prints what the exposition in a file consists of. */
export async function analyzeFile(
  { input, contentType, format }: AnalyzeInvocation,
  io: CommandIo,
): Promise<number> {
  const analysis = await analyze(openInput(input, io), formatOf(contentType), 0)
  io.stdout.write(format === 'json' ? `${JSON.stringify(analysis)}\n` : formatAnalysis(analysis))
  return 0
}
