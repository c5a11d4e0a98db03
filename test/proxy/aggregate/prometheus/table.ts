import { disagrees, type Pair, worstOf } from './comparison.ts'

const COLUMNS = [-58, 6, 8, 11, 10, 10, 10] as const
const HEADER = ['compared', 'times', 'outside', 'median off', 'worst', 'against', 'allowed']

/** What was compared, for whoever reads along: a line for each comparison, and further remarks. */
export class Table {
  readonly #rows: (readonly string[])[] = [HEADER]
  readonly #remarks: string[] = []

  /** The worst pair is the one that used up most of what it was allowed to differ by. */
  add(what: string, pairs: readonly Pair[]): void {
    const { left, right, tolerance } = worstOf(pairs)
    const offs = pairs.map(pair => Math.abs(pair.left / pair.right - 1)).sort((a, b) => a - b)
    const median = `${(100 * (offs[Math.floor(offs.length / 2)] ?? Number.NaN)).toFixed(2)} %`
    const counts = [pairs.length, pairs.filter(disagrees).length]
    this.#rows.push([what, ...counts.map(String), median, ...[left, right, tolerance].map(short)])
  }

  remark(text: string): void {
    this.#remarks.push(text)
  }

  toString(): string {
    const rows = this.#rows.map(cells =>
      cells.map((cell, index) => padded(cell, COLUMNS[index] ?? 0)).join(' '),
    )
    return [...rows, ...this.#remarks, ''].join('\n')
  }
}

/** To the left for a negative width, as in printf. */
function padded(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width)
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
