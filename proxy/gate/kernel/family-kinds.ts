import type { Family } from '../../exposition/families.ts'
import type { MetricType } from '../../exposition/metadata.ts'
import { ANY_KIND } from './assembly/layout.ts'

const TYPES: readonly (MetricType | undefined)[] = [
  undefined,
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
  'untyped',
]
const NUMBERS: ReadonlyMap<MetricType | undefined, number> = new Map(TYPES.map((type, at) => [type, 2 * at]))

/**
 * What decisions about a metric ask of its family, as a number below ANY_KIND: the type, and whether the metric is called
 * what the family is. If not, the family is called what is left of the name without its last word.
 */
export function familyKind(name: string, family: Family): number {
  const number = NUMBERS.get(family.type)
  if (number === undefined || number >= ANY_KIND) throw new Error(`BUG: no number for type ${family.type}`)
  return family.name === name ? number : number + 1
}
