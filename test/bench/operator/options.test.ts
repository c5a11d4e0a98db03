import { describe, expect, test } from '@jest/globals'
import { HELP, type Options, PARTS, readOptions } from '../../../bench/operator/options.ts'

function optionsOf(...args: readonly string[]): Options {
  const options = readOptions(args)
  if (options === 'help') throw new Error('asked for help')
  return options
}

test('without options: all parts, a large cluster', () => {
  expect(optionsOf()).toEqual({
    parts: PARTS,
    gates: 1000,
    gogc: 1000,
    namespaces: 100,
    pods: 10_000,
    seconds: 60,
    nodeFlags: [],
    jsonFile: undefined,
  })
})

test('parts come in the order in which they are measured, whatever the order of the options', () => {
  expect(optionsOf('--only', 'pods', '--only', 'gates').parts).toEqual(['gates', 'pods'])
})

test('flags of Node come in their order', () => {
  expect(optionsOf('--node-flag=--cpu-prof', '--node-flag=--cpu-prof-dir=x').nodeFlags).toEqual([
    '--cpu-prof',
    '--cpu-prof-dir=x',
  ])
})

test('there are no more namespaces than gates', () => {
  expect(optionsOf('--gates', '5').namespaces).toBe(5)
})

test('--help', () => {
  expect(readOptions(['--help'])).toBe('help')
  for (const part of PARTS) expect(HELP).toContain(part)
})

describe('what cannot be understood is refused, and named', () => {
  test.each([
    [['--only', 'everything'], '--only: there is no "everything"; expected one of gates, '],
    [['--pods', '0'], '--pods: expected a number from 1 to 999999, got "0"'],
    [['--seconds', 'long'], '--seconds: expected a number from 1 to 999999, got "long"'],
    [['--quickly'], "Unknown option '--quickly'"],
  ])('%j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })
})
