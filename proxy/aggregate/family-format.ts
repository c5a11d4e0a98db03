import type { Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { Metadata, MetricType } from '../exposition/metadata.ts'
import { quoteMetricName } from '../exposition/print.ts'
import type { SlotOrigin } from './output-slots.ts'

/**
 * The family of a sample as the other format declares it: targets of one round may answer in different formats. In
 * OpenMetrics a counter's family lacks the `_total` of its samples, and has types that the text format does not know.
 * Source: OpenMetrics 1.0 and the Prometheus text format 0.0.4.
 */
export function familyIn(format: ExpositionFormat, { name, family, format: from }: SlotOrigin): Family {
  if (format === from || family.type === undefined) return family
  return format === 'text' ? textFamily(family, name) : openMetricsFamily(family)
}

const TEXT_TYPES: Readonly<Partial<Record<MetricType, MetricType>>> = {
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
  gaugehistogram: 'untyped',
}
/** What only samples of OpenMetrics may add to the name of their family. */
const OWN_FAMILY_SUFFIX = /^_(?:total|created|info|gcount|gsum)$/

function textFamily(family: Family, sampleName: string): Family {
  const suffix = sampleName.slice(family.name.length)
  const type = family.type ?? 'untyped'
  const textType = suffix === '_created' ? 'gauge' : (TEXT_TYPES[type] ?? type)
  const standsAlone = OWN_FAMILY_SUFFIX.test(suffix) || type === 'gaugehistogram'
  return rewrite(family, standsAlone ? sampleName : family.name, textType, unescapeQuotes)
}

const TOTAL = '_total'

function openMetricsFamily(family: Family): Family {
  if (family.type === 'counter') {
    if (!family.name.endsWith(TOTAL)) return rewrite(family, family.name, 'unknown', escapeQuotes)
    return rewrite(family, family.name.slice(0, -TOTAL.length), 'counter', escapeQuotes)
  }
  const type = family.type === 'untyped' ? 'unknown' : (family.type ?? 'unknown')
  return rewrite(family, family.name, type, escapeQuotes)
}

/** The family under another name and type. Units, which the text format does not have, are left out. */
function rewrite(family: Family, name: string, type: MetricType, help: (text: string) => string): Family {
  const metadata: Metadata[] = []
  for (const { keyword, text: before } of family.metadata) {
    if (keyword === 'UNIT') continue
    const text = keyword === 'TYPE' ? type : help(before)
    const line = `# ${keyword} ${quoteMetricName(name)} ${text}`
    metadata.push({ kind: 'metadata', keyword, family: name, text, line })
  }
  return { name, type, metadata }
}

/** Only OpenMetrics escapes quotes in a help. */
function escapeQuotes(help: string): string {
  return help.replaceAll('"', '\\"')
}

function unescapeQuotes(help: string): string {
  return help.replace(/\\(.)/g, (escaped, character: string) => (character === '"' ? '"' : escaped))
}
