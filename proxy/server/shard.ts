import type { ExpositionFormat } from '../exposition/format.ts'
import { SortedSeriesPrinter } from '../exposition/sorted-series.ts'
import { DEFAULT_MERGE } from '../gate/merge/settings.ts'
import { openScrape } from '../gate/open-scrape.ts'
import { joinOutputs, type Program } from '../gate/program.ts'
import { SHARD_PROGRAMS_MAX, SHARDS_MAX } from '../limits.ts'
import type { ScrapeRequest } from './scrape-request.ts'

/** A part of an output: the series whose hash modulo `count` is `index`. */
export interface Shard {
  readonly index: number
  readonly count: number
}

const PARAMETER = 'shard'
const SHARD = /^(\d{1,6})\/(\d{1,6})$/

/** The value of a parameter as it stands in a query, `undefined` for another parameter. */
function valueIn(part: string): string | undefined {
  const parameters = new URLSearchParams(part)
  return parameters.get(PARAMETER) ?? undefined
}

/**
 * Takes the parameter `shard=i/N` out of a request, which is ours and not the application's; the rest of the query stays as
 * it came. Answers with what is wrong with it if it is no shard.
 */
export function takeShard(
  request: ScrapeRequest,
): { readonly request: ScrapeRequest; readonly shard: Shard | undefined } | { readonly problem: string } {
  const parts = request.query.split('&')
  const values = parts.map(valueIn).filter(value => value !== undefined)
  const [text] = values
  if (text === undefined) return { request, shard: undefined }
  const [, index, count] = SHARD.exec(text) ?? []
  const shard = { index: Number(index), count: Number(count) }
  const isShard = shard.count > 0 && shard.count <= SHARDS_MAX && shard.index < shard.count
  if (values.length > 1 || !isShard)
    return {
      problem: `shard: expected one i/N, such as 0/4, with i from 0 to N - 1 and N up to ${SHARDS_MAX}; got ${JSON.stringify(values.join(', '))}`,
    }
  const query = parts.filter(part => valueIn(part) === undefined).join('&')
  return { request: { ...request, query }, shard }
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a, 32 bits, of a text as UTF-8. Source: draft-eastlake-fnv. */
export function fnv1a(text: string): number {
  let hash = FNV_OFFSET
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, FNV_PRIME)
  return hash >>> 0
}

/**
 * Keeps the series of one shard. The hash is of the series as outputs print it: the name, then labels sorted by name, with
 * `le` and `quantile` normalised; so that it is the same in every replica, whatever the order in which that prints labels.
 */
function shardProgram({ index, count }: Shard): Program {
  const printer = new SortedSeriesPrinter()
  const apply = (labels: Map<string, string>): boolean => {
    const others = new Map(labels)
    others.delete('__name__')
    return fnv1a(printer.print(labels.get('__name__') ?? '', others)) % count === index
  }
  return joinOutputs(
    { name: '', kind: 'stream', readsOnlyNames: false, apply, printer, merge: DEFAULT_MERGE },
    [],
  )
}

/** The programs of the shards that were asked for. They remember which series they keep. */
export class ShardPrograms {
  readonly #programs = new Map<string, Program>()

  /** Those that were not asked for the longest go when there are too many. */
  of(shard: Shard): Program {
    const key = `${shard.index}/${shard.count}`
    const program = this.#programs.get(key) ?? shardProgram(shard)
    this.#programs.delete(key)
    this.#programs.set(key, program)
    const [oldest] = this.#programs.keys()
    if (this.#programs.size > SHARD_PROGRAMS_MAX && oldest !== undefined) this.#programs.delete(oldest)
    return program
  }
}

/** A shard is a part of what is within limits already. */
const NO_LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const

/**
 * The part of an output that a program keeps, with the metadata of the families that are in it. Lines that do not parse are
 * in every part. Returns what the output returns.
 *
 * @param formatOf asked when the first slice has come
 */
export async function* keepShard<Result>(
  output: AsyncGenerator<Uint8Array, Result, undefined>,
  program: Program,
  formatOf: () => ExpositionFormat,
): AsyncGenerator<Uint8Array, Result, undefined> {
  let step = await output.next()
  const scrape = openScrape(program, formatOf(), NO_LIMITS)
  try {
    for (; !step.done; step = await output.next()) yield* scrape.push(step.value)
    yield* scrape.finish().main
    return step.value
  } finally {
    scrape.close()
    // The result of an output that was read to its end is known.
    if (!step.done) await output.return(undefined as never)
  }
}
