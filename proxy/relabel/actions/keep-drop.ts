import type { RelabelConfig } from '../config.ts'
import { compileRegex } from '../regex.ts'
import { type Rule, sourceReader } from './rule.ts'

/** Actions `keep` and `drop`: by whether the source value matches the regex. */
export function keepOrDropRule(config: RelabelConfig): Rule {
  const read = sourceReader(config.sourceLabels, config.separator)
  const { test } = compileRegex(config.regex)
  return config.action === 'keep' ? labels => test(read(labels)) : labels => !test(read(labels))
}

/** Actions `keepequal` and `dropequal`: by whether the source value is the target label's value. */
export function equalRule(config: RelabelConfig): Rule {
  const read = sourceReader(config.sourceLabels, config.separator)
  const { targetLabel } = config
  return config.action === 'keepequal'
    ? labels => labels.get(targetLabel) === read(labels)
    : labels => labels.get(targetLabel) !== read(labels)
}
