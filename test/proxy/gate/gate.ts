import { expect } from '@jest/globals'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { KernelScrape } from '../../../proxy/gate/kernel/scrape.ts'
import type { SeriesTableLimits } from '../../../proxy/gate/kernel/series-table.ts'
import { DEFAULT_MERGE, type MergeSettings } from '../../../proxy/gate/merge/settings.ts'
import type { AnyScrape } from '../../../proxy/gate/open-scrape.ts'
import { compileProgram, type Program } from '../../../proxy/gate/program.ts'
import { Scrape, type ScrapeLimits, type ScrapeStats } from '../../../proxy/gate/scrape.ts'
import { NO_POLICIES, type SeriesPolicies } from '../../../proxy/policy/series-policies.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'

/** What a scrape came to. */
export interface Outcome {
  readonly main: string
  /** The main output, where it may not be UTF-8. */
  readonly bytes: Buffer
  readonly subsets: Readonly<Record<string, string>>
  readonly stats: ScrapeStats
}

/** What a scrape in a test may set. */
export interface Options extends Partial<ScrapeLimits> {
  readonly format?: ExpositionFormat
  readonly subsets?: Readonly<Record<string, readonly object[]>>
  readonly merge?: MergeSettings
  /** Size of the chunks in which the body arrives, in bytes. */
  readonly chunkBytes?: number
}

/** Rules as an operator writes them, ready to run. */
export function programOf(
  main: readonly object[],
  subsets: Options['subsets'] = {},
  memory?: SeriesTableLimits,
  merge: MergeSettings = DEFAULT_MERGE,
  policies: SeriesPolicies = NO_POLICIES,
): Program {
  const parse = (rules: readonly object[]) => parseRelabelConfigs(rules, 'metric_relabel_configs')
  const outputs = Object.entries(subsets).map(([name, rules]) => ({ name, rules: parse(rules) }))
  return compileProgram({ main: parse(main), subsets: outputs, merge }, memory, policies)
}

/**
 * Runs one scrape with a program: the specification, and then the kernel, once while it learns the series and once when
 * it knows them. All three have to come to the same.
 */
export function run(program: Program, body: string | Uint8Array, options: Options = {}): Outcome {
  const { format = 'text', inputBytesMax = 0, outputBytesMax = 0, onLimit = 'truncate', series } = options
  const limits = { inputBytesMax, outputBytesMax, onLimit, ...(series === undefined ? {} : { series }) }
  const expected = runThrough(() => new Scrape(program, format, limits), body, options)
  for (let times = 0; times < 2; times++) {
    const outcome = runThrough(() => new KernelScrape(program, format, limits), body, options)
    expect(outcome).toEqual(expected)
  }
  if (expected.kind === 'failed') throw expected.error
  return expected
}

function runThrough(
  open: () => AnyScrape,
  body: string | Uint8Array,
  options: Options,
): ({ kind: 'done' } & Outcome) | { kind: 'failed'; error: unknown } {
  const scrape = open()
  try {
    return { kind: 'done', ...feed(scrape, Buffer.from(body), options.chunkBytes) }
  } catch (error) {
    return { kind: 'failed', error }
  } finally {
    scrape.close()
  }
}

function feed(scrape: AnyScrape, bytes: Buffer, chunkBytes = Math.max(bytes.length, 1)): Outcome {
  const main: Uint8Array[] = []
  // One buffer for all chunks, as a socket has it: what a scrape keeps has to be a copy.
  const buffer = Buffer.alloc(chunkBytes)
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const length = bytes.copy(buffer, 0, at, at + chunkBytes)
    main.push(...scrape.push(buffer.subarray(0, length)))
    buffer.fill('!')
  }
  const rest = scrape.finish()
  main.push(...rest.main)
  const subsets = [...rest.subsets].map(([name, output]) => [name, Buffer.from(output).toString()])
  const all = Buffer.concat(main)
  return { main: all.toString(), bytes: all, subsets: Object.fromEntries(subsets), stats: scrape.stats }
}

/** Runs one scrape with these rules for the main output. */
export function scrape(rules: readonly object[], body: string | Uint8Array, options: Options = {}): Outcome {
  return run(programOf(rules, options.subsets, undefined, options.merge), body, options)
}

/** Lines to a text, each with its newline. */
export function lines(...all: readonly string[]): string {
  return all.map(line => `${line}\n`).join('')
}
