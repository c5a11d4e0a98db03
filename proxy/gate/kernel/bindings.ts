import type { Families, Family } from '../../exposition/families.ts'

/** A metric of the application, and the family that it belonged to when samples of it came. */
export interface Binding {
  readonly name: string
  readonly family: Family
}

/** The bindings of one scrape, by number. */
export class Bindings {
  readonly #families: Families
  readonly #bindings: Binding[] = []
  /** The latest of each metric. */
  readonly #numbers = new Map<string, number>()

  constructor(families: Families) {
    this.#families = families
  }

  /** The number of a metric with its family as it is now. */
  numberOf(name: string): number {
    const family = this.#families.of(name)
    const known = this.#numbers.get(name)
    if (known !== undefined && this.#bindings[known]?.family === family) return known
    const number = this.#bindings.push({ name, family }) - 1
    this.#numbers.set(name, number)
    return number
  }

  get(number: number): Binding {
    const binding = this.#bindings[number]
    if (binding === undefined) throw new Error(`BUG: no binding ${number}`)
    return binding
  }
}
