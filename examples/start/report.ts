/** What one exposition holds: its size, and its series counted by metric family. */
export interface ExpositionSummary {
  readonly bytes: number
  readonly seriesByFamily: ReadonlyMap<string, number>
}

const LARGEST_FAMILIES = 5

/**
 * The closing table of the demonstration: series and bytes before and after the gate, what that saves, and the
 * largest families on both sides.
 */
export function formatReport(before: ExpositionSummary, after: ExpositionSummary): string {
  const totals = table([
    ['', 'in', 'out', 'saved'],
    totalsRow('series', seriesCount(before), seriesCount(after)),
    totalsRow('bytes', before.bytes, after.bytes),
  ])
  const largestBefore = largestFamilies(before)
  const largestAfter = largestFamilies(after)
  const families = table([
    ['largest families before', 'series', 'largest families after', 'series'],
    ...Array.from({ length: Math.max(largestBefore.length, largestAfter.length) }, (_, rank) => [
      ...(largestBefore[rank] ?? ['', '']),
      ...(largestAfter[rank] ?? ['', '']),
    ]),
  ])
  return `${totals}\n\n${families}\n`
}

function seriesCount(summary: ExpositionSummary): number {
  return [...summary.seriesByFamily.values()].reduce((sum, count) => sum + count, 0)
}

function totalsRow(name: string, before: number, after: number): string[] {
  const saved = before === 0 ? 0 : (100 * (before - after)) / before
  return [name, grouped(before), grouped(after), `${saved.toFixed(1)} %`]
}

function largestFamilies(summary: ExpositionSummary): [string, string][] {
  return [...summary.seriesByFamily]
    .sort(([nameA, countA], [nameB, countB]) => countB - countA || nameA.localeCompare(nameB))
    .slice(0, LARGEST_FAMILIES)
    .map(([name, count]) => [name, grouped(count)])
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** Columns of equal width: words to the left, columns that hold numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const numeric = widths.map((_, column) => rows.slice(1).every(row => /^[\d,. %]*$/.test(row[column] ?? '')))
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('   ')
        .trimEnd(),
    )
    .map(line => `  ${line}`)
    .join('\n')
}
