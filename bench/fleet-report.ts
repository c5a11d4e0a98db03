import type { FleetResult } from './aggregate.ts'
import type { ProcessMemory } from './process-usage.ts'
import { figure, mebibytes, table } from './table.ts'

/** What was measured about one fleet, and the memory of the process that did nothing else. */
export interface FleetReport extends FleetResult {
  readonly memory: ProcessMemory
}

const COLUMNS = [
  'aggregate',
  'CPU ms',
  'ns/pair',
  'collect',
  'finish',
  'first',
  'B/pair',
  'peak MiB',
  'out kB',
]

function row(fleet: FleetReport): string[] {
  const { description, pairs, firstMs, collectMs, finishMs, heldBytes, outputBytes, memory } = fleet
  const nsOfPair = (ms: number): string => figure((ms * 1e6) / pairs)
  return [
    description,
    figure(collectMs + finishMs),
    nsOfPair(collectMs + finishMs),
    nsOfPair(collectMs),
    nsOfPair(finishMs),
    nsOfPair(firstMs),
    figure(heldBytes / pairs),
    mebibytes(memory.peakBytes),
    figure(outputBytes / 1e3),
  ]
}

/** What rounds over many targets cost, in at most 100 columns. */
export function formatFleets(fleets: readonly FleetReport[]): string {
  return (
    'aggregate: rounds over many targets, counters by increase; CPU for bytes in memory; for each pair of\n' +
    'a target and a series: collect, finish, and all of the first round in ns, memory between rounds in B\n' +
    table([COLUMNS, ...fleets.map(row)])
  )
}
