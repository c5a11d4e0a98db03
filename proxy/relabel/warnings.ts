import type { RelabelConfig } from './config.ts'
import { compileRegex } from './regex.ts'

/** Labels that Prometheus, or the configuration that prometheus-operator writes for it, adds to what it scraped. */
const ADDED_BY_PROMETHEUS: ReadonlySet<string> = new Set([
  'job',
  'instance',
  'namespace',
  'pod',
  'container',
  'service',
  'endpoint',
  'node',
])

/** How Prometheus renames a scraped label that it wants to set itself. */
const RENAMED = 'exported_'

/** Labels that tell the parts of one metric apart, and what becomes of the parts without it. */
const PART_LABELS: readonly (readonly [label: string, harm: string])[] = [
  ['le', 'the buckets of a histogram become one series, and it is a histogram no more'],
  ['quantile', 'the quantiles of a summary become one series, whose value means nothing'],
]

const INSTEAD = "move the rule to Prometheus' own metric_relabel_configs if that label is meant"

/**
 * Finds what is valid but works otherwise in front of Prometheus than inside it, or spoils the metrics: one sentence
 * for each, beginning with the rule's index (`[1]: …`). What a rule does to the application's own labels is right in
 * any case; a warning says what its author may have taken it for.
 */
export function relabelWarnings(configs: readonly RelabelConfig[]): string[] {
  const written = new Set<string>()
  return configs.flatMap((config, index) => {
    const found = [...warnOfReads(config, written), ...warnOfWrites(config), ...warnOfRemovals(config)]
    if (writes(config)) written.add(config.targetLabel)
    return found.map(text => `[${index}]: ${config.action} ${text}`)
  })
}

function warnOfReads(config: RelabelConfig, written: ReadonlySet<string>): string[] {
  return namedLabels(config)
    .filter(name => !written.has(name))
    .flatMap(name => warnOfRead(name, config.action === 'labeldrop' ? 'removes' : 'reads'))
}

function warnOfRead(name: string, verb: string): string[] {
  if (ADDED_BY_PROMETHEUS.has(name)) {
    return [
      `${verb} ${name}, which Prometheus adds only after this: here it is what the application itself exposes, if it does; ${INSTEAD}`,
    ]
  }
  const original = name.slice(RENAMED.length)
  if (name.startsWith(RENAMED) && ADDED_BY_PROMETHEUS.has(original)) {
    return [
      `${verb} ${name}, a name that Prometheus gives only after this: here the label is still ${original}`,
    ]
  }
  return []
}

/** The labels that a rule names to read or remove. A regex names labels when it is plain words. */
function namedLabels({ action, sourceLabels, targetLabel, regex }: RelabelConfig): readonly string[] {
  switch (action) {
    case 'keepequal':
    case 'dropequal':
      return [...new Set([...sourceLabels, targetLabel])]
    case 'labeldrop':
    case 'labelmap':
      return compileRegex(regex).words ?? []
    case 'labelkeep':
      return []
    default:
      return [...new Set(sourceLabels)]
  }
}

function writes({ action }: RelabelConfig): boolean {
  return action === 'replace' || action === 'lowercase' || action === 'uppercase' || action === 'hashmod'
}

function warnOfWrites(config: RelabelConfig): string[] {
  const { targetLabel, replacement } = config
  if (!writes(config)) return []
  const removes = config.action === 'replace' && replacement === ''
  if (removes && targetLabel === '__name__') return [nameRemoved('give a replacement')]
  if (!removes && ADDED_BY_PROMETHEUS.has(targetLabel)) {
    return [
      `writes ${targetLabel}, which Prometheus sets itself: it renames this one to ${RENAMED}${targetLabel} unless honor_labels is set; choose another name, or ${INSTEAD}`,
    ]
  }
  const part = PART_LABELS.find(([label]) => label === targetLabel)
  if (part === undefined) return []
  return [`${removes ? 'removes' : 'changes'} ${part[0]}: where two are no longer told apart, ${part[1]}`]
}

function warnOfRemovals(config: RelabelConfig): string[] {
  if (config.action !== 'labeldrop' && config.action !== 'labelkeep') return []
  const { test } = compileRegex(config.regex)
  const isRemoved = (name: string): boolean => test(name) === (config.action === 'labeldrop')
  const advice = config.action === 'labelkeep' ? 'add __name__| to the regex' : 'exclude it from the regex'
  return [
    ...(isRemoved('__name__') ? [nameRemoved(advice)] : []),
    ...PART_LABELS.filter(([label]) => isRemoved(label)).map(([label, harm]) => `removes ${label}: ${harm}`),
  ]
}

function nameRemoved(advice: string): string {
  return `removes __name__, and one series without a name fails Prometheus' whole scrape: ${advice}`
}
