/** An array of numbers that grows: a column of a table whose rows are numbered. */
export type Column = Int32Array | Float64Array | Uint8Array

const ROWS_MIN = 1024

/** The column with room for a row, whose new rows hold `fill`: itself, or a copy of twice the size. */
export function withRow<Kind extends Column>(column: Kind, row: number, fill: number): Kind {
  if (row < column.length) return column
  const make = column.constructor as new (length: number) => Kind
  const larger = new make(Math.max(ROWS_MIN, 2 * column.length, row + 1))
  larger.set(column)
  larger.fill(fill, column.length)
  return larger
}

/** Numbers for the rows of a table: the lowest free ones first, so that tables stay dense. */
export class RowNumbers {
  /** Free numbers below `end`, descending. */
  #free: number[] = []
  #end = 0

  /** One more than the highest number that was ever taken. */
  get end(): number {
    return this.#end
  }

  /** How many numbers are taken. */
  get count(): number {
    return this.#end - this.#free.length
  }

  take(): number {
    return this.#free.pop() ?? this.#end++
  }

  /** Gives back all numbers that are not used; those that are free stay so. */
  keep(isUsed: (number: number) => boolean): void {
    const before = this.#free
    let next = 0
    this.#free = []
    for (let number = this.#end - 1; number >= 0; number--) {
      const wasFree = before[next] === number
      if (wasFree) next++
      if (wasFree || !isUsed(number)) this.#free.push(number)
    }
  }
}
