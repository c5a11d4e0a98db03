import { expect, test } from '@jest/globals'
import { FLEETS } from '../../bench/fleets.ts'
import { readOptions } from '../../bench/options.ts'
import { WORKLOADS } from '../../bench/workloads.ts'

test('without options all workloads are measured, and what ships beside the baseline', () => {
  expect(readOptions([])).toEqual({
    workloads: [...WORKLOADS.keys()],
    fleets: [...FLEETS.keys()],
    rounds: 5,
    implementations: ['kernel', 'naive'],
    peer: undefined,
    soak: true,
    jsonFile: undefined,
  })
})

test('--quick is one workload and few rounds, unless more is asked for', () => {
  expect(readOptions(['--quick'])).toMatchObject({
    workloads: ['ingress-130k'],
    fleets: ['10x10k'],
    rounds: 3,
    soak: false,
  })
  expect(readOptions(['--quick', '--rounds', '9', '--workload', 'app-2k'])).toMatchObject({
    workloads: ['app-2k'],
    rounds: 9,
  })
})

test('workloads are measured from small to large, in whatever order they are named', () => {
  expect(readOptions(['--workload', 'ingress-130k', '--workload', 'app-2k'])).toMatchObject({
    workloads: ['app-2k', 'ingress-130k'],
  })
})

test('fleets are those that are named, or none', () => {
  expect(readOptions(['--fleet', '20x72k'])).toMatchObject({ fleets: ['20x72k'] })
  expect(readOptions(['--no-fleets'])).toMatchObject({ fleets: [] })
})

test('a peer has rules that merge, unless others are named', () => {
  const command = 'peer {upstream} {port}'
  expect(readOptions(['--peer', command])).toMatchObject({ peer: { command, rules: 'agg' } })
  expect(readOptions(['--peer', command, '--peer-rules', 'none'])).toMatchObject({ peer: { rules: 'none' } })
})

test.each([
  [['--workload', 'big'], '--workload: there is no "big"; expected one of app-2k, '],
  [['--fleet', 'armada'], '--fleet: there is no "armada"; expected one of 10x10k, '],
  [['--implementation', 'go'], '--implementation: there is no "go"; expected one of kernel, '],
  [['--rounds', '0'], '--rounds: expected a number from 1 to 9999, got "0"'],
  [['--rounds', '1e3'], '--rounds: expected a number from 1 to 9999, got "1e3"'],
  [['--peer', 'peer {upstream}'], '--peer: the command has no {port}'],
  [
    ['--peer', 'peer {upstream} {port}', '--peer-rules', 'all'],
    '--peer-rules: expected one of agg, filter, none, got "all"',
  ],
  [['--peer-rules', 'agg'], '--peer-rules: there is no --peer'],
  [['--fast'], "Unknown option '--fast'"],
  [['extra'], "Unexpected argument 'extra'"],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message)
})
