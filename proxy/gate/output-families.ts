import type { Family } from '../exposition/families.ts'
import { renameMetadata } from '../exposition/metadata.ts'

/** A family of an output, with what belongs to it. */
export interface OutputFamily<Member> {
  readonly name: string
  /** In the order in which they were added. */
  readonly members: readonly Member[]
  /** The lines of its metadata, without newlines. */
  readonly metadata: readonly string[]
}

class FamilyRecord<Member> implements OutputFamily<Member> {
  readonly name: string
  /** The family of the application whose metadata holds for it. */
  source: Family | undefined
  readonly members: Member[] = []

  constructor(name: string, source: Family | undefined) {
    this.name = name
    this.source = source
  }

  get metadata(): string[] {
    const lines = (this.source?.metadata ?? []).map(metadata => renameMetadata(metadata, this.name))
    return lines.filter(line => line !== undefined)
  }
}

/** What an output series was first seen as: the metric of the sample that began it, and what that is called now. */
export interface Origin {
  /** Name of the metric as the application has it, and the family that it belonged to when the sample came. */
  readonly name: string
  readonly family: Family
  readonly outputName: string
}

/** Puts the series of an output together in families: by first appearance, each family in one piece. */
export class OutputFamilies<Member> {
  readonly #families = new Map<string, FamilyRecord<Member>>()

  /** Adds a series to the family to which its name belongs now, and returns its members: others of this origin may follow. */
  add({ name, family, outputName }: Origin, member: Member): Member[] {
    const familyName = renamedFamily(family.name, name, outputName)
    const known = this.#families.get(familyName ?? outputName)
    if (known === undefined) {
      const record = new FamilyRecord<Member>(
        familyName ?? outputName,
        familyName === undefined ? undefined : family,
      )
      record.members.push(member)
      this.#families.set(record.name, record)
      return record.members
    }
    known.members.push(member)
    // One family can be renamed to what another is called: that other's own metadata goes first.
    if (familyName !== undefined && (known.source === undefined || family.name === familyName))
      known.source = family
    return known.members
  }

  /** The families by first appearance. */
  [Symbol.iterator](): Iterator<OutputFamily<Member>> {
    return this.#families.values()
  }
}

/**
 * What a family is called when rules renamed one of its metrics: `rpc_bucket` → `call_bucket` makes `rpc` `call`.
 * Undefined when the new name does not end as the old one does beyond its family's name: metadata cannot follow.
 */
function renamedFamily(family: string, name: string, outputName: string): string | undefined {
  if (outputName === name) return family
  const suffix = name.slice(family.length)
  if (suffix === '') return outputName
  return outputName.endsWith(suffix) ? outputName.slice(0, -suffix.length) || undefined : undefined
}
