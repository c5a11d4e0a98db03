import { compileRelabeling } from '../../../proxy/relabel/compile.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'

/** Runs rules, written as in a configuration file, over a label set: what remains, or undefined when it is dropped. */
export function relabel(
  rules: unknown[],
  labels: Record<string, string>,
): Record<string, string> | undefined {
  const program = compileRelabeling(parseRelabelConfigs(rules, 'rules'))
  const remaining = new Map(Object.entries(labels))
  return program.apply(remaining) ? Object.fromEntries(remaining) : undefined
}
