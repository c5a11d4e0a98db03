import { equalRule, keepOrDropRule } from './actions/keep-drop.ts'
import { labelDropRule, labelKeepRule, labelMapRule } from './actions/label-names.ts'
import { replaceRule } from './actions/replace.ts'
import type { Rule } from './actions/rule.ts'
import { writeRule } from './actions/write.ts'
import { toLower, toUpper } from './casing.ts'
import type { RelabelConfig } from './config.ts'
import { onlyKeepsAndDrops, readsOnlyNames } from './facts.ts'
import { hashmod } from './hashmod.ts'
import { LabelBuilder } from './labels.ts'
import { relabelWarnings } from './warnings.ts'

/** A list of rules ready to run. */
export interface RelabelProgram {
  /**
   * Runs the rules on the labels of one series, `__name__` included, and changes the map in place. An absent label is
   * not in the map; no value is ''. False: the series is dropped, and what is left in the map means nothing.
   */
  readonly apply: (labels: Map<string, string>) => boolean
  /** No rule can change a label: each series leaves as it came, or not at all. */
  readonly onlyKeepsAndDrops: boolean
  /**
   * Whether a series stays, and which of its labels stay, are functions of its metric name and the names of its labels
   * alone, and what stays is unchanged.
   */
  readonly readsOnlyNames: boolean
  /** What the rules do that their author may not expect, one sentence each, beginning with the rule: `[1]: …`. */
  readonly warnings: readonly string[]
}

/**
 * Compiles rules into closures; all parsing and decisions about a rule are done here, once.
 * Source of the semantics: ProcessBuilder in Prometheus' model/relabel/relabel.go.
 */
export function compileRelabeling(configs: readonly RelabelConfig[]): RelabelProgram {
  const rules = configs.map(compileRule)
  return {
    apply: labels => {
      const builder = new LabelBuilder(labels)
      for (const rule of rules) if (!rule(builder)) return false
      return true
    },
    onlyKeepsAndDrops: onlyKeepsAndDrops(configs),
    readsOnlyNames: readsOnlyNames(configs),
    warnings: relabelWarnings(configs),
  }
}

function compileRule(config: RelabelConfig): Rule {
  switch (config.action) {
    case 'keep':
    case 'drop':
      return keepOrDropRule(config)
    case 'keepequal':
    case 'dropequal':
      return equalRule(config)
    case 'replace':
      return replaceRule(config)
    case 'lowercase':
      return writeRule(config, toLower)
    case 'uppercase':
      return writeRule(config, toUpper)
    case 'hashmod':
      return writeRule(config, value => hashmod(value, config.modulus))
    case 'labelmap':
      return labelMapRule(config)
    case 'labeldrop':
      return labelDropRule(config)
    case 'labelkeep':
      return labelKeepRule(config)
  }
}
