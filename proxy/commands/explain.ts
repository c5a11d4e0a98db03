import { type Explanation, explainRules, readSeries, type Step } from '../analyze/explain.ts'
import { type Invocation, UsageError } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import type { ProxyConfig } from '../config.ts'
import { messageOf } from '../errors.ts'
import { mergeFunctionOf } from '../gate/merge/function-of.ts'
import type { MergeSettings } from '../gate/merge/settings.ts'
import { describeExplanation, explainPolicies } from '../policy/explain.ts'
import { readOfflinePolicies } from '../policy/offline.ts'
import { PrometheusFields } from '../policy/prometheus-fields.ts'
import { resourceAttributes } from '../policy/resource.ts'
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

/** How a series is put together with others that the rules made equal to it. Its type is unknown here. */
function describeMerging(input: ReadonlyMap<string, string>, result: string, merge: MergeSettings): string {
  const inputName = input.get('__name__') ?? ''
  const outputName = readSeries(result).get('__name__') ?? ''
  const hasQuantile = input.has('quantile')
  const series = { outputName, inputName, familyName: inputName, type: undefined, hasQuantile }
  return `  merged with equal ones by ${mergeFunctionOf(series, merge)} (by its name, as long as no TYPE says otherwise)\n`
}

function describe(name: string, { steps, result }: Explanation, merging: string): string {
  const lines = steps.map(
    (step, index) => `  [${index}] ${describeRule(step.rule)}\n      ${describeEffect(step)}\n`,
  )
  const dropped = steps.at(-1)?.effect === 'dropped' ? 'dropped' : 'dropped, because it has no name'
  return `${outputPath(name)}\n${lines.join('')}  = ${result ?? dropped}\n${merging}`
}

/** What policies say about a series. Metadata and the sample are unknown here, and policy servers are not asked. */
async function explainByPolicies(
  labels: ReadonlyMap<string, string>,
  { policies }: ProxyConfig,
  io: CommandIo,
): Promise<string> {
  const { set, notAsked } = await readOfflinePolicies(policies)
  const missing = notAsked.map(
    id => `  the policies of provider ${id} are known to a proxy that serves only\n`,
  )
  if (set.isEmpty) return missing.join('')
  const name = labels.get('__name__') ?? ''
  const series = { name, labels: [...labels].filter(([label]) => label !== '__name__') }
  const family = { name, type: undefined, metadata: [] }
  const fields = new PrometheusFields(series, family, resourceAttributes(policies.service, io.env))
  return describeExplanation(explainPolicies(set, fields)) + missing.join('')
}

/** `explain`: shows which policies match one series and what each rule of each output does to it. */
export async function explain({ inputs, series }: ExplainInvocation, io: CommandIo): Promise<number> {
  const { config } = loadConfig(await readSources(inputs, io.env))
  let labels: Map<string, string>
  try {
    labels = readSeries(series)
  } catch (error) {
    throw new UsageError(`explain: ${messageOf(error)}`)
  }
  io.stdout.write(await explainByPolicies(labels, config, io))
  const outputs = [{ name: '', rules: config.rules.main }, ...config.rules.subsets]
  for (const { name, rules } of outputs) {
    const explanation = explainRules(labels, rules)
    const { result } = explanation
    const merging = result === undefined ? '' : describeMerging(labels, result, config.aggregation)
    io.stdout.write(describe(name, explanation, merging))
  }
  return 0
}
