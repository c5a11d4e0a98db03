import { type Explanation, explainRules, readSeries, type Step } from '../analyze/explain.ts'
import { type Invocation, UsageError } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import { messageOf } from '../errors.ts'
import type { RelabelConfig } from '../relabel/config.ts'
import { outputPath } from '../server/output-path.ts'
import type { CommandIo } from './io.ts'

type ExplainInvocation = Extract<Invocation, { command: 'explain' }>

/** A rule in one line, without what is as usual. */
function describeRule({ action, sourceLabels, targetLabel, regex, replacement }: RelabelConfig): string {
  const parts = [
    ...(sourceLabels.length > 0 ? [`source_labels: [${sourceLabels.join(', ')}]`] : []),
    ...(targetLabel === '' ? [] : [`target_label: ${targetLabel}`]),
    ...(regex === '(.*)' ? [] : [`regex: ${JSON.stringify(regex)}`]),
    ...(replacement === '$1' ? [] : [`replacement: ${JSON.stringify(replacement)}`]),
  ]
  return [action, ...parts].join('  ')
}

function describeEffect({ effect, series }: Step): string {
  if (effect === 'dropped') return 'drops it'
  return effect === 'kept' ? 'leaves it as it is' : `makes it ${series}`
}

function describe(name: string, { steps, result }: Explanation): string {
  const lines = steps.map(
    (step, index) => `  [${index}] ${describeRule(step.rule)}\n      ${describeEffect(step)}\n`,
  )
  const dropped = steps.at(-1)?.effect === 'dropped' ? 'dropped' : 'dropped, because it has no name'
  return `${outputPath(name)}\n${lines.join('')}  = ${result ?? dropped}\n`
}

/** `explain`: shows what each rule of each output does to one series. */
export async function explain({ inputs, series }: ExplainInvocation, io: CommandIo): Promise<number> {
  const { config } = loadConfig(await readSources(inputs, io.env))
  let labels: Map<string, string>
  try {
    labels = readSeries(series)
  } catch (error) {
    throw new UsageError(`explain: ${messageOf(error)}`)
  }
  const outputs = [{ name: '', rules: config.rules.main }, ...config.rules.subsets]
  for (const { name, rules } of outputs) io.stdout.write(describe(name, explainRules(labels, rules)))
  return 0
}
