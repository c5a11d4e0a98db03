import { Families, type Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { Line } from '../exposition/lines.ts'
import type { Malformed } from '../exposition/malformed.ts'
import type { Metadata } from '../exposition/metadata.ts'
import { parseSeries, type Series } from '../exposition/series.ts'
import { parseValue, type SampleValue } from '../exposition/value.ts'
import {
  decide,
  type NumericLabel,
  numericLabel,
  type RememberedSeries,
  type SeriesDecision,
} from './decide.ts'
import type { BoundedMemo } from './memo.ts'
import type { OutputProgram } from './program.ts'

/** A sample with the decisions about its series. */
export interface DecidedSample {
  readonly kind: 'sample'
  readonly name: string
  readonly family: Family
  readonly value: SampleValue
  readonly decision: SeriesDecision
}

/**
 * Reads the samples of one exposition and decides about their series, each once: the bytes of a series repeat from
 * scrape to scrape, so what they mean is remembered. The type of its family is the one other thing that a decision
 * depends on.
 */
export class SampleDecider {
  readonly #outputs: readonly OutputProgram[]
  readonly #format: ExpositionFormat
  readonly #memory: BoundedMemo<RememberedSeries>
  readonly #families = new Families()

  constructor(
    outputs: readonly OutputProgram[],
    format: ExpositionFormat,
    memory: BoundedMemo<RememberedSeries>,
  ) {
    this.#outputs = outputs
    this.#format = format
    this.#memory = memory
  }

  /** Takes note of a metadata line. */
  declare(metadata: Metadata): Family {
    return this.#families.declare(metadata)
  }

  /** Reads a line that has to be a sample. */
  read(line: Line): DecidedSample | Malformed {
    const key = line.bytes.toString('latin1', line.start, guessSeriesEnd(line))
    // Fast path: these bytes were parsed before. Slow path: the parser says where the series ends.
    let remembered = this.#memory.get(key)
    let series: Series | undefined
    if (remembered === undefined) {
      const parsed = this.#parse(line)
      if (parsed.kind === 'malformed') return parsed
      series = parsed
      remembered = { name: parsed.name, decisions: new Map() }
    }
    const valueStart = line.start + (series?.end ?? key.length)
    const value = parseValue(line.bytes.toString('latin1', valueStart, line.end), 0, this.#format)
    if (value.kind === 'malformed') return value

    const family = this.#families.of(remembered.name)
    const numeric = numericLabel(family.type)
    let decision = remembered.decisions.get(numeric)
    if (decision === undefined) {
      decision = this.#decide(series ?? this.#parse(line), numeric)
      remembered.decisions.set(numeric, decision)
      if (valueStart - line.start === key.length) this.#memory.set(key, remembered, textLength(key, decision))
    }
    return { kind: 'sample', name: remembered.name, family, value, decision }
  }

  #parse({ bytes, start, end }: Line): Series | Malformed {
    return parseSeries(bytes.toString('latin1', start, end), this.#format)
  }

  #decide(series: Series | Malformed, numeric: NumericLabel): SeriesDecision {
    if (series.kind === 'malformed')
      throw new Error(`BUG: a remembered series is malformed: ${series.reason}`)
    return decide(series, numeric, this.#outputs)
  }
}

const SPACE = 0x20
const TAB = 0x09

/** Where the series of a well-formed line ends. For other lines it may be anywhere in the line. */
function guessSeriesEnd({ bytes, start, end, labelsEnd }: Line): number {
  if (labelsEnd !== -1) return labelsEnd
  let at = start
  while (at < end && isBlank(bytes[at])) at++
  while (at < end && isNameByte(bytes[at])) at++
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[a-zA-Z0-9_:]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && NAME_BYTES[byte] === 1
}

function textLength(key: string, { identity, outputs }: SeriesDecision): number {
  let length = key.length + (identity?.length ?? 0)
  for (const output of outputs) {
    if (output.kind === 'keep' && output.series !== undefined) {
      length += output.series.text.length + output.series.key.length
    }
  }
  return length
}
