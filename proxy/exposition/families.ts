import type { Metadata, MetricType } from './metadata.ts'

/** A metric family of one exposition. */
export interface Family {
  readonly name: string
  /** From its first TYPE line; undefined until there is one. */
  readonly type: MetricType | undefined
  /** The first HELP, TYPE and UNIT line each, in the order in which they came. */
  readonly metadata: readonly Metadata[]
}

/** What the names of a family's samples may add to the family's name. Source: OpenMetrics 1.0, "Suffixes". */
const SUFFIXES: ReadonlyMap<MetricType, readonly string[]> = new Map([
  ['counter', ['_total', '_created']],
  ['histogram', ['_bucket', '_count', '_sum', '_created']],
  ['gaugehistogram', ['_bucket', '_gcount', '_gsum']],
  ['summary', ['_count', '_sum', '_created']],
  ['info', ['_info']],
])
const LAST_WORD = /_[a-z]+$/

class FamilyRecord implements Family {
  readonly name: string
  type: MetricType | undefined
  readonly metadata: Metadata[] = []

  constructor(name: string) {
    this.name = name
  }
}

/**
 * The families that an exposition has declared so far. A sample belongs to a family by its name, not by its place:
 * what Prometheus' parser does, to let the last TYPE line hold for whatever follows, is a fault of its own.
 */
export class Families {
  #version = 0
  readonly #declared = new Map<string, FamilyRecord>()
  /** Families of samples that no metadata covers, by the sample's name. */
  readonly #implied = new Map<string, FamilyRecord>()
  /** Answers of `of` that hold until something new is declared. */
  readonly #known = new Map<string, FamilyRecord>()

  /** Takes note of a metadata line. What repeats a keyword for the same family changes nothing. */
  declare(metadata: Metadata): Family {
    let family = this.#declared.get(metadata.family)
    if (family === undefined) {
      family = this.#implied.get(metadata.family) ?? new FamilyRecord(metadata.family)
      this.#declared.set(family.name, family)
    }
    if (family.metadata.some(({ keyword }) => keyword === metadata.keyword)) return family
    family.metadata.push(metadata)
    if (metadata.keyword === 'TYPE') family.type = metadata.text as MetricType
    this.#known.clear()
    this.#version++
    return family
  }

  /** Changes whenever the family of a name may have. */
  get version(): number {
    return this.#version
  }

  /** The family of the samples with this name: one that was declared, else one of that very name. */
  of(sampleName: string): Family {
    const known = this.#known.get(sampleName)
    if (known !== undefined) return known
    const family = this.#find(sampleName) ?? this.#imply(sampleName)
    this.#known.set(sampleName, family)
    return family
  }

  /** A family with a type goes before one that only has a help: the type says which suffixes are its own. */
  #find(sampleName: string): FamilyRecord | undefined {
    const namesake = this.#declared.get(sampleName)
    if (namesake?.type !== undefined) return namesake
    return this.#findBySuffix(sampleName) ?? namesake
  }

  #findBySuffix(sampleName: string): FamilyRecord | undefined {
    const suffix = LAST_WORD.exec(sampleName)?.[0]
    if (suffix === undefined) return undefined
    const family = this.#declared.get(sampleName.slice(0, -suffix.length))
    if (family?.type === undefined) return undefined
    return SUFFIXES.get(family.type)?.includes(suffix) ? family : undefined
  }

  #imply(name: string): FamilyRecord {
    const family = this.#implied.get(name) ?? new FamilyRecord(name)
    this.#implied.set(name, family)
    return family
  }
}
