const MEBIBYTE = 2 ** 20

/** A number with about three significant digits. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Bytes in MiB. */
export function mebibytes(bytes: number | undefined): string {
  return figure(bytes === undefined ? undefined : bytes / MEBIBYTE)
}

/** Rows of equal columns: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return rows.map(row => `  ${line(row)}\n`).join('')
}
