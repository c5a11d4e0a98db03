import { expect, test } from '@jest/globals'
import type { Series } from '../../../proxy/exposition/series.ts'
import { SortedSeriesPrinter } from '../../../proxy/exposition/sorted-series.ts'
import { decide } from '../../../proxy/gate/decide.ts'
import { DEFAULT_MERGE } from '../../../proxy/gate/merge/settings.ts'
import type { OutputKind } from '../../../proxy/gate/output-program.ts'

const series: Series = { kind: 'series', name: 'a', labels: [['le', '1'], ['x', ''], ['b', 'c']], end: 0 } // biome-ignore format: one line

function decideWith(kind: OutputKind, apply: (labels: Map<string, string>) => boolean) {
  return decide(series, 'le', [
    {
      name: '',
      kind,
      readsOnlyNames: false,
      apply,
      merge: DEFAULT_MERGE,
      printer: new SortedSeriesPrinter(),
    },
  ])
}

function failing(labels: Map<string, string>): boolean {
  labels.delete('b')
  throw new Error('a fault of the rule engine')
}

test('rules see labels without empty values and with numbers in one spelling', () => {
  let seen: unknown
  decideWith('stream', labels => {
    seen = [...labels]
    return true
  })
  expect(seen).toEqual([['__name__', 'a'], ['le', '1.0'], ['b', 'c']]) // biome-ignore format: one line
})

test('a fault of the rule engine passes the series unchanged', () => {
  expect(decideWith('stream', failing)).toEqual([{ kind: 'keep', ruleError: true, series: undefined }])
  expect(decideWith('accumulate', failing)).toMatchObject([
    {
      kind: 'keep',
      ruleError: true,
      series: { name: 'a', text: 'a{b="c",le="1.0"}' },
    },
  ])
})

test('what the rules of one output do to the labels, the next does not see', () => {
  const clear = (labels: Map<string, string>) => {
    labels.clear()
    return true
  }
  const keep = () => true
  const outputs = (['accumulate', 'accumulate'] as const).map((kind, i) => ({
    name: '',
    kind,
    readsOnlyNames: false,
    merge: DEFAULT_MERGE,
    printer: new SortedSeriesPrinter(),
    apply: i === 0 ? clear : keep,
  }))
  expect(decide(series, 'none', outputs)).toMatchObject([{ kind: 'nameless' }, { series: { name: 'a' } }])
})
