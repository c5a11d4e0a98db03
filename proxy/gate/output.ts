import type { Family } from '../exposition/families.ts'
import type { Line } from '../exposition/lines.ts'
import type { SampleValue } from '../exposition/value.ts'
import type { Decision } from './decide.ts'

/** A sample that was read, and what is known about it. */
export interface ReadSample {
  readonly line: Line
  readonly value: SampleValue
  /** Name of the metric as the application has it. */
  readonly name: string
  readonly family: Family
  /** Whether it has a label `quantile`. */
  readonly hasQuantile: boolean
  /** Whether the exposition had this series before. */
  readonly repeated: boolean
}

/** One output of a scrape while it comes about. It is told every line but samples, in order. */
export interface LineOutput {
  /** A line that leaves as it came: it is malformed, or (samples: 1) a sample, where no output has rules. */
  verbatim(line: Line, samples: 0 | 1): void
  /** A sample that leaves as it came, although there are rules. It does not wait for anything. */
  passOn(line: Line): void
  metadata(line: Line, family: Family): void
  /** A comment or a blank line. */
  comment(line: Line): void
  /** The end marker of OpenMetrics. */
  end(text: string): void
  /** What is ready before the body has ended. */
  take(): Uint8Array[]
  /** The rest, when it has. */
  finish(): Iterable<Uint8Array>
}

/** An output that is told of samples too. */
export interface Output extends LineOutput {
  sample(sample: ReadSample, decision: Decision): void
}
