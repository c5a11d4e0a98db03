import type { ExpositionFormat } from '../../exposition/format.ts'
import type { SeriesPolicies } from '../../policy/series-policies.ts'
import type { OutputProgram } from '../output-program.ts'
import { SeriesTable, type SeriesTableLimits } from './series-table.ts'

/** What a program remembers from scrape to scrape, for each format; made when the first scrape of a format begins. */
export class SeriesMemory {
  readonly #outputs: readonly OutputProgram[]
  readonly #limits: SeriesTableLimits
  readonly #policies: SeriesPolicies
  readonly #tables = new Map<ExpositionFormat, SeriesTable>()
  #latest: SeriesTable | undefined

  constructor(outputs: readonly OutputProgram[], limits: SeriesTableLimits, policies: SeriesPolicies) {
    this.#outputs = outputs
    this.#limits = limits
    this.#policies = policies
  }

  /** Where the bodies of scrapes are best received: where they are read. Undefined before the first scrape. */
  get receiveRoom(): { readonly view: Uint8Array } | undefined {
    return this.#latest?.kernel
  }

  /** The series of expositions in this format. */
  table(format: ExpositionFormat): SeriesTable {
    let table = this.#tables.get(format)
    if (table === undefined) {
      table = new SeriesTable(this.#outputs, format, this.#limits, this.#policies)
      this.#tables.set(format, table)
    }
    this.#latest = table
    return table
  }
}
