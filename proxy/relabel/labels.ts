import { compareNames } from './label-name.ts'

/**
 * The labels of one series while rules run over it: a view of the caller's map that also remembers which labels
 * were written and in which order, because `labelmap` visits them in that order.
 * Source: Builder in Prometheus' model/labels/labels_common.go.
 */
export class LabelBuilder {
  readonly #values: Map<string, string>
  /** Names set by a rule, in order of their first write since they were last deleted. Made when first needed. */
  #written: Set<string> | undefined

  /** Takes label names and their values, `__name__` included. No value is ''; the map is changed in place. */
  constructor(values: Map<string, string>) {
    this.#values = values
  }

  /** The value of a label; '' when it is absent. */
  get(name: string): string {
    return this.#values.get(name) ?? ''
  }

  /** Sets a label. The value '' deletes it: an empty label is an absent label. */
  set(name: string, value: string): void {
    if (value === '') {
      this.delete(name)
      return
    }
    this.#values.set(name, value)
    this.#written ??= new Set()
    this.#written.add(name)
  }

  /** Removes a label if it is there. */
  delete(name: string): void {
    this.#values.delete(name)
    this.#written?.delete(name)
  }

  /** Names of the labels present, in no particular order. Deleting while iterating is safe. */
  names(): IterableIterator<string> {
    return this.#values.keys()
  }

  /**
   * A copy of the labels in the order in which Prometheus visits them: those that came with the series by name,
   * then those that rules wrote, by first write.
   */
  snapshot(): [name: string, value: string][] {
    const written = this.#written
    if (written === undefined) return [...this.#values].sort(byName)
    const original: [string, string][] = []
    for (const entry of this.#values) if (!written.has(entry[0])) original.push(entry)
    original.sort(byName)
    for (const name of written) original.push([name, this.get(name)])
    return original
  }
}

function byName(a: [string, string], b: [string, string]): number {
  return compareNames(a[0], b[0])
}
