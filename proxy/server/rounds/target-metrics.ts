import { formatFloat } from '../../exposition/float.ts'
import { printSeries } from '../../exposition/print.ts'
import type { TargetOutcome } from './round-report.ts'

const UP = 'metricgate_target_up'
const DURATION = 'metricgate_target_scrape_duration_seconds'
const SAMPLES = 'metricgate_target_samples'
const TARGETS = 'metricgate_targets'

/** The families that `targetMetrics` gives. */
export const TARGET_FAMILIES: readonly string[] = [UP, DURATION, SAMPLES, TARGETS]

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

function family(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(
    ([labels, value]) => `${printSeries(name, Object.entries(labels))} ${formatFloat(value)}\n`,
  )
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}

/** What a sum over targets hides, as text that is valid in both formats: how the scrape of each target went. */
export function targetMetrics(targets: readonly TargetOutcome[]): string {
  const up = targets.filter(({ error }) => error === undefined)
  const perTarget = (of: readonly TargetOutcome[], value: (target: TargetOutcome) => number): Sample[] =>
    of.map(target => [{ target: target.id }, value(target)])
  return [
    family(
      UP,
      'Whether the last scrape of the target succeeded.',
      perTarget(targets, ({ error }) => (error === undefined ? 1 : 0)),
    ),
    family(
      DURATION,
      'How long the last scrape of the target took.',
      perTarget(targets, ({ durationMs }) => durationMs / 1000),
    ),
    family(
      SAMPLES,
      'Samples that the target exposed, before the rules.',
      perTarget(up, ({ samples }) => samples),
    ),
    family(TARGETS, 'Targets, by how their last scrape went.', [
      [{ state: 'up' }, up.length],
      [{ state: 'down' }, targets.length - up.length],
    ]),
  ].join('')
}
