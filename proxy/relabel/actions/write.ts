import type { RelabelConfig } from '../config.ts'
import { type Rule, sourceReader } from './rule.ts'

/** Actions `lowercase`, `uppercase` and `hashmod`: sets the target label to a function of the source value. */
export function writeRule(config: RelabelConfig, derive: (value: string) => string): Rule {
  const read = sourceReader(config.sourceLabels, config.separator)
  const { targetLabel } = config
  return labels => {
    labels.set(targetLabel, derive(read(labels)))
    return true
  }
}
