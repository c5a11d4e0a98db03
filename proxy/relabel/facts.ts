import type { RelabelConfig } from './config.ts'
import type { Action } from './scalars.ts'

const METRIC_NAME = '__name__'
const KEEPS_OR_DROPS: ReadonlySet<Action> = new Set(['keep', 'drop', 'keepequal', 'dropequal'])

/** True when no rule can change a label. */
export function onlyKeepsAndDrops(configs: readonly RelabelConfig[]): boolean {
  return configs.every(config => KEEPS_OR_DROPS.has(config.action))
}

/**
 * True when the rules only remove (series or labels) and decide by the metric name and by label names alone.
 * Not every program that happens to do so is recognised; one that does not, never is.
 */
export function readsOnlyNames(configs: readonly RelabelConfig[]): boolean {
  return configs.every(({ action, sourceLabels, targetLabel }) => {
    switch (action) {
      case 'labeldrop':
      case 'labelkeep':
        return true
      case 'keep':
      case 'drop':
        return sourceLabels.every(isMetricName)
      case 'keepequal':
      case 'dropequal':
        return isMetricName(targetLabel) && sourceLabels.every(isMetricName)
      default:
        return false
    }
  })
}

function isMetricName(label: string): boolean {
  return label === METRIC_NAME
}
