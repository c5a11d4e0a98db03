import { LABEL_LAYOUTS_MAX } from '../limits.ts'
import { joinSeries, printLabel } from './print.ts'
import { escapeLabel, needsEscape } from './text.ts'

const PLAIN_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const PLAIN_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** How series with the same names are printed. */
interface Layout {
  /** Names of the labels in the order in which they are given. */
  readonly names: readonly string[]
  /** In the order in which they are printed: which label, and what precedes its value. */
  readonly places: readonly { readonly index: number; readonly before: string }[]
}

/**
 * Prints series with their labels sorted, as `joinSeries` does with sorted labels. The series of a metric mostly have
 * the same label names, so the order and the text between the values are kept for the next one.
 */
export class SortedSeriesPrinter {
  /** By metric: the layout of its last series; undefined where a name has to be quoted. */
  readonly #layouts = new Map<string, Layout | undefined>()

  /** Label names are unique, and in any order. */
  print(metric: string, labels: ReadonlyMap<string, string>): string {
    const layout = this.#layoutFor(metric, labels)
    if (layout === undefined) return joinSeries(metric, [...labels].map(printLabel).sort())
    const values = [...labels.values()]
    let text = ''
    for (const { index, before } of layout.places) {
      const value = values[index] ?? ''
      text += before + (needsEscape(value) ? escapeLabel(value) : value)
    }
    return text === '' ? metric : `${text}"}`
  }

  #layoutFor(metric: string, labels: ReadonlyMap<string, string>): Layout | undefined {
    const known = this.#layouts.get(metric)
    if (known !== undefined && hasKeys(labels, known.names)) return known
    if (this.#layouts.size >= LABEL_LAYOUTS_MAX) this.#layouts.clear()
    const layout = layOut(metric, [...labels.keys()])
    this.#layouts.set(metric, layout)
    return layout
  }
}

function hasKeys(labels: ReadonlyMap<string, string>, names: readonly string[]): boolean {
  if (labels.size !== names.length) return false
  let at = 0
  for (const name of labels.keys()) if (name !== names[at++]) return false
  return true
}

/** Undefined when a name has to be quoted. */
function layOut(metric: string, names: readonly string[]): Layout | undefined {
  if (!PLAIN_METRIC_NAME.test(metric) || !names.every(name => PLAIN_LABEL_NAME.test(name))) return undefined
  // What follows a name is `=`, which counts when one name begins with another.
  const sorted = names.map(name => `${name}=`).sort()
  const places = sorted.map((name, at) => ({
    index: names.indexOf(name.slice(0, -1)),
    before: at === 0 ? `${metric}{${name}"` : `",${name}"`,
  }))
  return { names, places }
}
