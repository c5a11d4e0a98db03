import { readFileSync } from 'node:fs'
import { type ContentType, parseContentType } from '../../proxy/exposition/format.ts'

/** An exposition, rules, and what Prometheus makes of them. */
export interface Vector {
  readonly name: string
  readonly content_type: string
  readonly metric_relabel_configs: readonly object[]
  readonly body: string
  /** The series that remain, as `{labels} sum`. */
  readonly expected?: readonly string[]
  /** Why Prometheus refuses the exposition. */
  readonly error?: string
}

/** All cases of scrapes.jsonl. */
export function readVectors(): Vector[] {
  return readFileSync(new URL('../vectors/scrapes.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

/** The content type of a case, read. */
export function contentTypeOf({ content_type }: Vector): ContentType {
  const type = parseContentType(content_type)
  if (type === undefined) throw new Error(`unknown content type ${content_type}`)
  return type
}

/** The series that remain, with their sums. */
export function expectedSums({ expected = [] }: Vector): ReadonlyMap<string, number> {
  return new Map(expected.map(parseExpected))
}

/** A Prometheus series and Go's notation of a float. */
function parseExpected(text: string): [series: string, sum: number] {
  const at = text.lastIndexOf(' ')
  const sum = text.slice(at + 1).replace('Inf', 'Infinity')
  return [text.slice(0, at), Number(sum)]
}

/** The lines of a refused case that begin as the line does at which Prometheus' parser stopped; its message quotes it. */
export function malformedLines({ body, error }: Vector): string[] {
  const beginning: string = JSON.parse(/while parsing: (".*")$/.exec(error ?? '')?.[1] ?? '""')
  return body.split('\n').filter(line => line.startsWith(beginning))
}
