import { type Document, isScalar, isSeq, visit } from 'yaml'

/** Fields of a relabel config that hold text, in both spellings. */
const TEXT_FIELDS: ReadonlySet<unknown> = new Set([
  'source_labels',
  'sourceLabels',
  'separator',
  'target_label',
  'targetLabel',
  'regex',
  'replacement',
])

/**
 * Gives the text fields of relabel configs, anywhere in a YAML document, the text that is written there where YAML
 * reads a number or a boolean: Prometheus takes `replacement: 1.10` as "1.10" and `regex: 0x1F` as "0x1F", of which
 * the numbers 1.1 and 31 keep nothing. A modulus beyond JavaScript's exact numbers becomes its digits. Null stays.
 */
export function keepWrittenText(document: Document): void {
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key)) return
      if (TEXT_FIELDS.has(pair.key.value)) keepText(pair.value)
      if (pair.key.value === 'modulus') keepDigits(pair.value)
    },
  })
}

function keepText(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) keepText(item)
  if (!isScalar(node) || node.source === undefined) return
  if (typeof node.value === 'number' || typeof node.value === 'bigint' || typeof node.value === 'boolean') {
    node.value = node.source
  }
}

function keepDigits(node: unknown): void {
  if (!isScalar(node) || typeof node.value !== 'number' || Number.isSafeInteger(node.value)) return
  node.value = node.source ?? node.value
}
