import { expect, test } from '@jest/globals'
import { KernelScrape } from '../../../proxy/gate/kernel/scrape.ts'
import { openScrape } from '../../../proxy/gate/open-scrape.ts'
import { Scrape } from '../../../proxy/gate/scrape.ts'
import { KERNEL_OUTPUTS_MAX } from '../../../proxy/limits.ts'
import { programOf } from './gate.ts'

const rules = [{ action: 'labeldrop', regex: 'path' }]
const limits = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const

function subsets(count: number): Record<string, object[]> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, rules]))
}

test.each([
  ['no rules', programOf([]), KernelScrape],
  ['rules', programOf(rules), KernelScrape],
  ['as many outputs as the kernel takes', programOf(rules, subsets(KERNEL_OUTPUTS_MAX - 1)), KernelScrape],
  ['more outputs', programOf(rules, subsets(KERNEL_OUTPUTS_MAX)), Scrape],
])('%s', (_, program, kind) => {
  const scrape = openScrape(program, 'text', limits)
  expect(scrape).toBeInstanceOf(kind)
  const early = scrape.push(Buffer.from('a{path="1"} 1\na{path="2"} 2\n'))
  const { main, subsets: others } = scrape.finish()
  const expected = program.main.kind === 'passthrough' ? 'a{path="1"} 1\na{path="2"} 2\n' : 'a 3\n'
  expect(Buffer.concat([...early, ...main]).toString()).toBe(expected)
  for (const bytes of others.values()) expect(Buffer.from(bytes).toString()).toBe('a 3\n')
})

test.each([
  ['is rendered when it is read where nothing can make it fail', 0, 0],
  ['is rendered before where a limit can', 1000, 1],
])('an output that is added up %s', (_, outputBytesMax, renderedBefore) => {
  const scrape = openScrape(programOf(rules), 'text', { inputBytesMax: 0, outputBytesMax, onLimit: 'fail' })
  scrape.push(Buffer.from('a{path="1"} 1\n'))
  const { main } = scrape.finish()
  expect(scrape.stats.main.samplesOut).toBe(renderedBefore)
  expect(Buffer.concat([...main]).toString()).toBe('a 1\n')
})
