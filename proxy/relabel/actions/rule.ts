import type { LabelBuilder } from '../labels.ts'

/** One compiled rule: changes the labels of a series; false drops it. */
export type Rule = (labels: LabelBuilder) => boolean

/** Reads the value that a rule works on: its source labels' values, joined. An absent label counts as ''. */
export function sourceReader(
  sourceLabels: readonly string[],
  separator: string,
): (labels: LabelBuilder) => string {
  const [first, ...rest] = sourceLabels
  if (first === undefined) return () => ''
  if (rest.length === 0) return labels => labels.get(first)
  return labels => {
    let value = labels.get(first)
    for (const name of rest) value += separator + labels.get(name)
    return value
  }
}
