import { expect, test } from '@jest/globals'
import { SortedSeriesPrinter } from '../../../proxy/exposition/sorted-series.ts'
import { DEFAULT_MERGE } from '../../../proxy/gate/merge/settings.ts'
import type { OutputKind } from '../../../proxy/gate/output-program.ts'
import { joinOutputs, type Program } from '../../../proxy/gate/program.ts'
import { lines, run } from './gate.ts'

/** A program whose rules fail on series with a certain label. */
function failing(kind: OutputKind): Program {
  const apply = (labels: Map<string, string>) => {
    if (labels.has('bad')) throw new Error('a fault of the rule engine')
    return !labels.has('dropped')
  }
  return joinOutputs(
    {
      name: '',
      kind,
      readsOnlyNames: false,
      apply,
      merge: DEFAULT_MERGE,
      printer: new SortedSeriesPrinter(),
    },
    [],
  )
}

test.each<OutputKind>(['stream', 'accumulate'])(
  '%s: series on which the rules fail pass, and are counted',
  kind => {
    const body = lines('a{bad="1"} 1', 'a{dropped="1"} 2', 'a{bad="2"} 3', 'a 4')
    const { main, stats } = run(failing(kind), body)
    expect(main).toBe(lines('a{bad="1"} 1', 'a{bad="2"} 3', 'a 4'))
    expect(stats.main).toMatchObject({ ruleErrors: 2, samplesOut: 3, droppedSeries: 1 })
  },
)
