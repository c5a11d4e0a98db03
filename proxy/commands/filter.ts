import { pipeline } from 'node:stream/promises'
import { type Invocation, UsageError } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { readSources } from '../config/read.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import { openScrape } from '../gate/open-scrape.ts'
import type { Program } from '../gate/program.ts'
import type { ScrapeStats } from '../gate/stats.ts'
import { compileGate } from '../server/gate.ts'
import { formatOf } from './content-type.ts'
import { type CommandIo, openInput } from './io.ts'

/** A file is read to its end, however large it is. */
const NO_LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const

type FilterInvocation = Extract<Invocation, { command: 'filter' }>

async function* filterBytes(
  program: Program,
  format: ExpositionFormat,
  subset: string | undefined,
  input: AsyncIterable<Uint8Array>,
  onEnd: (stats: ScrapeStats) => void,
): AsyncGenerator<Uint8Array> {
  const scrape = openScrape(program, format, NO_LIMITS)
  for await (const chunk of input) {
    const ready = scrape.push(chunk)
    if (subset === undefined) yield* ready
  }
  const { main, subsets } = scrape.finish()
  if (subset === undefined) yield* main
  else yield subsets.get(subset) ?? new Uint8Array()
  scrape.close()
  onEnd(scrape.stats)
}

/**
 * `filter`: applies rules to an exposition from a file or standard input, and writes what is left to standard output.
 * Warnings and counts of what is wrong go to standard error.
 */
export async function filter(invocation: FilterInvocation, io: CommandIo): Promise<number> {
  const { inputs, input, contentType, subset } = invocation
  const loaded = loadConfig(await readSources(inputs, io.env))
  const names = loaded.config.rules.subsets.map(({ name }) => name)
  if (subset !== undefined && !names.includes(subset))
    throw new UsageError(
      `--subset: expected one of the subsets (${names.join(', ') || 'there are none'}), got ${JSON.stringify(subset)}`,
    )
  const { program, warnings } = compileGate(loaded)
  for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
  const output = filterBytes(program, formatOf(contentType), subset, openInput(input, io), stats => {
    if (stats.malformedLines > 0)
      io.stderr.write(`warning: ${stats.malformedLines} malformed lines were passed on as they are\n`)
  })
  await pipeline(output, io.stdout, { end: false })
  return 0
}
