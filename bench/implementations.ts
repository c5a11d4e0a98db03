import { openScrape } from '../proxy/gate/open-scrape.ts'
import { compileProgram, type Program } from '../proxy/gate/program.ts'
import { Scrape } from '../proxy/gate/scrape.ts'
import type { ScrapeLimits } from '../proxy/gate/scrape-limits.ts'
import { SlicePool } from '../proxy/gate/slice-pool.ts'
import { parseRelabelConfigs } from '../proxy/relabel/config.ts'
import { checkMemory } from './memory-bound.ts'
import { NaiveScrape } from './naive.ts'
import type { Rule } from './workloads.ts'

/** Rules at work on one application: takes the chunks of one scrape after the other, remembers what it likes. */
export interface OpenRules {
  /** Runs one scrape, and returns the size of its output in bytes. */
  readonly scrape: (chunks: Iterable<Uint8Array>) => number
}

/** A way to apply rules to an exposition in memory. */
export interface Implementation {
  readonly name: string
  readonly open: (rules: readonly Rule[]) => OpenRules
}

const NO_LIMITS: ScrapeLimits = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' }

/** Begins one scrape. */
type Open = typeof openScrape

/** Throws when a program has more in memory than the formula allows. */
function checkProgram({ memory }: Program): void {
  const table = memory.table('text')
  checkMemory(table.heldBytes, { series: table.size, outputSeries: table.outputSize })
}

/** A scrape of the proxy, with what its program remembers from scrape to scrape. `check` looks at that when the body has ended. */
function proxyScrape(name: string, open: Open, check: (program: Program) => void): Implementation {
  return {
    name,
    open: rules => {
      const program = compileProgram({ main: parseRelabelConfigs(rules, 'rules'), subsets: [] })
      return {
        scrape: chunks => {
          const pool = new SlicePool()
          const scrape = open(program, 'text', NO_LIMITS, pool)
          let bytes = 0
          const discard = (part: Uint8Array): void => {
            bytes += part.length
            pool.giveBack(part)
          }
          for (const chunk of chunks) scrape.push(chunk).forEach(discard)
          check(program)
          for (const part of scrape.finish().main) discard(part)
          scrape.close()
          return bytes
        },
      }
    },
  }
}

/** What the proxy ships. */
const kernel = proxyScrape('kernel', openScrape, checkProgram)
/** The specification that the kernel is held to. */
const typescript = proxyScrape(
  'typescript',
  (...parameters) => new Scrape(...parameters),
  () => undefined,
)

const naive: Implementation = {
  name: 'naive',
  open: rules => ({
    scrape: chunks => {
      const scrape = new NaiveScrape(rules)
      const decoder = new TextDecoder()
      for (const chunk of chunks) scrape.push(decoder.decode(chunk, { stream: true }))
      return Buffer.byteLength(scrape.finish())
    },
  }),
}

/** All implementations that there are, by name. */
export const IMPLEMENTATIONS: ReadonlyMap<string, Implementation> = new Map(
  [kernel, typescript, naive].map(implementation => [implementation.name, implementation]),
)

/** Those that are measured where nothing is said: the specification is two orders of magnitude slower. */
export const DEFAULT_IMPLEMENTATIONS: readonly string[] = [kernel.name, naive.name]
