import type { RelabelConfig } from '../config.ts'
import { isValidLabelName } from '../label-name.ts'
import { compileRegex } from '../regex.ts'
import { compileTemplate } from '../template.ts'
import { type Rule, sourceReader } from './rule.ts'

/**
 * Action `replace`: where the source value matches, sets the expanded target label to the expanded replacement. No
 * match, or a target that expands to an invalid name, changes nothing; an empty result deletes the target.
 */
export function replaceRule(config: RelabelConfig): Rule {
  const read = sourceReader(config.sourceLabels, config.separator)
  const regex = compileRegex(config.regex)
  const target = compileTemplate(config.targetLabel, regex.groups)
  const replacement = compileTemplate(config.replacement, regex.groups)

  const { constant: name } = target
  const { constant: text } = replacement
  // Fast path: a fixed label gets a fixed value, so the groups of the match are not needed.
  if (name !== undefined && text !== undefined && isValidLabelName(name)) {
    return labels => {
      if (regex.test(read(labels))) labels.set(name, text)
      return true
    }
  }
  return labels => {
    const groups = regex.match(read(labels))
    if (groups === undefined) return true
    const expanded = target.expand(groups)
    if (isValidLabelName(expanded)) labels.set(expanded, replacement.expand(groups))
    return true
  }
}
