import { readFileSync } from 'node:fs'

/**
 * The metrics that a section of docs/monitoring.md lists, sorted, each as `name{label, label} type`: rows of the form
 * "| `name{label, label}` | type | meaning |".
 */
export function documentedMetrics(section: string): string[] {
  const text = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8')
  const part = text.split(/^## /m).find(candidate => candidate.startsWith(`${section}\n`)) ?? ''
  return [...part.matchAll(/^\| `(metricgate_\w+)(?:\{([^}]*)\})?` \| (\w+) \| \S/gm)]
    .map(([, name = '', labels = '', type = '']) => {
      const sorted = labels
        .split(',')
        .map(label => label.trim())
        .sort()
      return `${name}{${sorted.join(', ')}} ${type}`
    })
    .sort()
}
