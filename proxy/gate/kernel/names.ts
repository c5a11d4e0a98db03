/** What a name costs beside its text: places in a map and a list. */
const NAME_BYTES = 64

/** Metric names by number. */
export class Names {
  #heldBytes = 0
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  #free: number[] = []

  /** Memory that is held, in bytes, about. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The number of a name, a new one if it has none. */
  number(name: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#free.pop() ?? this.#names.length
      this.#numbers.set(name, number)
      this.#names[number] = name
      this.#heldBytes += NAME_BYTES + name.length
    }
    return number
  }

  /** The name with this number. */
  get(number: number): string {
    const name = this.#names[number]
    if (name === undefined) throw new Error(`BUG: no name ${number}`)
    return name
  }

  /** Forgets all names but those with these numbers. */
  keep(used: ReadonlySet<number>): void {
    this.#free = []
    for (const [number, name] of this.#names.entries()) {
      if (used.has(number)) continue
      this.#free.push(number)
      this.#names[number] = ''
      if (this.#numbers.get(name) !== number) continue
      this.#numbers.delete(name)
      this.#heldBytes -= NAME_BYTES + name.length
    }
  }
}
