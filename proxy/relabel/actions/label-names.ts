import type { RelabelConfig } from '../config.ts'
import { compileRegex } from '../regex.ts'
import { compileTemplate } from '../template.ts'
import { rememberByName } from './memo.ts'
import type { Rule } from './rule.ts'

/** Action `labeldrop`: removes the labels whose name matches, `__name__` too. */
export function labelDropRule(config: RelabelConfig): Rule {
  return removeLabels(rememberByName(compileRegex(config.regex).test))
}

/** Action `labelkeep`: removes the labels whose name does not match, `__name__` too. */
export function labelKeepRule(config: RelabelConfig): Rule {
  const { test } = compileRegex(config.regex)
  return removeLabels(rememberByName(name => !test(name)))
}

function removeLabels(isRemoved: (name: string) => boolean): Rule {
  return labels => {
    for (const name of labels.names()) if (isRemoved(name)) labels.delete(name)
    return true
  }
}

/**
 * Action `labelmap`: for each label whose name matches, sets the label that the name becomes to the same value. It
 * works from a copy, so a label that it makes is not mapped again. The new name is not checked, as in Prometheus.
 */
export function labelMapRule(config: RelabelConfig): Rule {
  const regex = compileRegex(config.regex)
  const template = compileTemplate(config.replacement, regex.groups)
  const newName = rememberByName(name => (regex.test(name) ? regex.replaceAll(name, template) : undefined))
  return labels => {
    for (const [name, value] of labels.snapshot()) {
      const mapped = newName(name)
      if (mapped !== undefined) labels.set(mapped, value)
    }
    return true
  }
}
