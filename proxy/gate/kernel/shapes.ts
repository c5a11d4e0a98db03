import type { Family } from '../../exposition/families.ts'
import type { ExpositionFormat } from '../../exposition/format.ts'
import { printLabel, printSeries } from '../../exposition/print.ts'
import { type Label, parseSeries } from '../../exposition/series.ts'
import { LABEL_ORDERS_MAX } from '../../limits.ts'
import type { SeriesPolicies } from '../../policy/series-policies.ts'
import { numericLabel } from '../decide.ts'
import type { OutputProgram } from '../output-program.ts'
import { scrapeFunctionOf } from '../scrape-merge.ts'
import {
  DROP,
  NAMELESS,
  NO_POLICY,
  PASS,
  SHAPE_KIND,
  SHAPE_NAME,
  SHAPE_NUMERIC,
  SHAPE_PLAN,
  SHAPE_PLAN_BYTES,
  SHAPE_PLANNED,
  SHAPE_POLICY,
  TOKEN_SHIFT,
  TOKEN_VALUE,
  TOKEN_VALUE_END,
  TOKENS,
} from './assembly/layout.ts'
import { familyKind } from './family-kinds.ts'
import type { Kernel } from './kernel.ts'
import type { LabelOrders } from './label-orders.ts'
import type { Names } from './names.ts'
import { additionOf } from './operations.ts'

/** What plain series with the same names have in common. */
export interface Shape {
  readonly number: number
  readonly name: string
  /** In the order in which they stand in the line. */
  readonly labels: readonly string[]
  /** Those of them whose value is empty: rules do not see them. */
  readonly empty: ReadonlySet<string>
  /** The kind of family for which the kernel has a plan, or knows that there is none; -1 at first. */
  readonly plannedFor: number
}

interface PlannedShape extends Shape {
  plannedFor: number
}

/** In the place of a shape: series with these names are not spelt plainly. */
const NOT_PLAIN = -2

/**
 * The shapes of series that the kernel can take apart. For rules that look at names only, what becomes of a series is
 * a function of its shape and of the kind of its family, and the kernel gets it as a plan for one kind at a time.
 */
export class Shapes {
  readonly #kernel: Kernel
  readonly #outputs: readonly OutputProgram[]
  readonly #format: ExpositionFormat
  readonly #names: Names
  readonly #policies: SeriesPolicies
  /** Where outputs can merge. */
  readonly #orders: LabelOrders | undefined
  readonly #shapes: PlannedShape[] = []
  readonly #numbers: number[] = []
  #count = 0

  constructor(
    kernel: Kernel,
    outputs: readonly OutputProgram[],
    format: ExpositionFormat,
    names: Names,
    orders: LabelOrders | undefined,
    policies: SeriesPolicies,
  ) {
    this.#policies = policies
    this.#kernel = kernel
    this.#outputs = outputs
    this.#format = format
    this.#names = names
    this.#orders = orders
    kernel.exports.setUpShapes()
  }

  get isFull(): boolean {
    return this.#count >= LABEL_ORDERS_MAX
  }

  /** Numbers of the metric names of all shapes. */
  names(): readonly number[] {
    return this.#numbers
  }

  get(shape: number): PlannedShape {
    const found = this.#shapes[shape]
    if (found === undefined) throw new Error(`BUG: no shape ${shape}`)
    return found
  }

  /**
   * Gives the series that the kernel has just taken apart a shape: undefined when it is not spelt plainly, or there
   * is no room. `text` is the series.
   */
  add(text: string): Shape | undefined {
    if (this.isFull) return undefined
    this.#count++
    const shape = this.#parse(text)
    if (shape === undefined) {
      this.#kernel.exports.addShape(NOT_PLAIN)
      return undefined
    }
    this.#shapes.push(shape)
    this.#kernel.exports.addShape(shape.number)
    const nameNumber = this.#names.number(shape.name)
    this.#numbers.push(nameNumber)
    const at = this.#kernel.exports.shapeAt(shape.number)
    this.#kernel.bytes.writeUInt32LE(nameNumber, at + SHAPE_NAME)
    return shape
  }

  /** The labels of the series that the kernel has just taken apart. `line` is what begins at address `start`. */
  labelsOf({ labels }: Shape, line: string, start: number): readonly Label[] {
    const { words } = this.#kernel
    return labels.map((name, index): Label => {
      const token = (TOKENS + (index << TOKEN_SHIFT)) / 4
      const from = (words[token + TOKEN_VALUE / 4] ?? 0) - start
      return [name, line.slice(from, (words[token + TOKEN_VALUE_END / 4] ?? 0) - start)]
    })
  }

  /** The shape of a series, if it is what the series would be printed as. */
  #parse(text: string): PlannedShape | undefined {
    const series = parseSeries(text, this.#format)
    if (series.kind === 'malformed' || series.end !== text.length) return undefined
    const { name, labels } = series
    if (printSeries(name, labels) !== text) return undefined
    const names = labels.map(([label]) => label)
    const order = this.#orders === undefined ? names : this.#orders.orderOf(name, names)
    const empty = new Set(labels.filter(([, value]) => value === '').map(([label]) => label))
    const number = this.#shapes.length
    const isPlain = order?.every((label, at) => label === names[at])
    return isPlain ? { number, name, labels: names, empty, plannedFor: -1 } : undefined
  }

  /** Tells the kernel what becomes of the series with a shape while their metric belongs to a family like this one. */
  plan({ number, name, labels }: Shape, family: Family): void {
    const shape = this.get(number)
    const kind = familyKind(name, family)
    shape.plannedFor = kind
    const at = this.#kernel.exports.shapeAt(number)
    const { bytes } = this.#kernel
    const policy = this.#policyOf(shape, family)
    const plan = policy === undefined ? undefined : this.#plan(shape, family, policy.kept)
    const isPlanned = plan !== undefined && plan.length <= SHAPE_PLAN_BYTES
    bytes[at + SHAPE_KIND] = kind
    bytes[at + SHAPE_NUMERIC] = labels.indexOf(numericLabel(family.type)) + 1
    bytes[at + SHAPE_PLANNED] = isPlanned ? 1 : 0
    bytes.writeUInt32LE(policy?.number ?? NO_POLICY, at + SHAPE_POLICY)
    if (isPlanned) bytes.set(plan, at + SHAPE_PLAN)
  }

  /** What policies decide about all series with a shape; undefined when more than names matters. */
  #policyOf({ name }: Shape, family: Family): { number: number; kept: boolean } | undefined {
    if (this.#policies.isEmpty) return { number: NO_POLICY, kept: true }
    if (!this.#policies.readsOnlyNames) return undefined
    const { number, kept, residual } = this.#policies.decide({ name, labels: [] }, family)
    return number === undefined || residual !== undefined ? undefined : { number, kept }
  }

  /** For each output: operation, how many labels stay, which. Undefined when values matter, or the rules fail. */
  #plan(shape: Shape, family: Family, isKept: boolean): readonly number[] | undefined {
    if (!isKept) return this.#outputs.flatMap(() => [DROP, 0])
    const plan: number[] = []
    for (const output of this.#outputs) {
      const part = planOutput(shape, family, output)
      if (part === undefined) return undefined
      plan.push(...part)
    }
    return plan
  }
}

function planOutput({ name, labels, empty }: Shape, family: Family, output: OutputProgram) {
  const { kind, readsOnlyNames, apply, merge } = output
  if (kind === 'passthrough') return [PASS, 0]
  if (!readsOnlyNames) return undefined
  // The values do not matter, but for those that are empty.
  const seen = labels.filter(label => !empty.has(label))
  const left = new Map([['__name__', name], ...seen.map((label): Label => [label, 'x'])])
  const stays = tryApply(apply, left)
  if (stays === undefined) return undefined
  if (!stays) return [DROP, 0]
  if (kind === 'stream') return [PASS, 0]
  const outputName = left.get('__name__')
  if (outputName === undefined) return [NAMELESS, 0]
  // As printed labels are sorted: a name may be quoted, and is followed by `=`.
  const places = new Map(labels.map((label, place) => [printLabel([label, '']), place]))
  const kept = seen.filter(label => left.has(label)).map(label => printLabel([label, '']))
  const order = kept.sort().map(label => places.get(label) ?? 0)
  const by = scrapeFunctionOf(outputName, { name, family, hasQuantile: seen.includes('quantile') }, merge)
  return [additionOf(by, false), order.length, ...order]
}

/** Undefined: the rule engine failed. */
function tryApply(apply: OutputProgram['apply'], labels: Map<string, string>): boolean | undefined {
  try {
    return apply(labels)
  } catch {
    return undefined
  }
}
