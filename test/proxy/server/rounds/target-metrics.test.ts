import { describe, expect, test } from '@jest/globals'
import { TARGET_FAMILIES, targetMetrics } from '../../../../proxy/server/rounds/target-metrics.ts'
import { readStrictly } from '../../exposition/strict-reader.ts'

const TARGETS = [
  { id: '10.0.0.1:8080', durationMs: 12.5, samples: 100, bytes: 1, error: undefined },
  { id: 'http://a/"b"\\', durationMs: 3000, samples: 7, bytes: 1, error: new Error('late') },
]

const TEXT = `# HELP metricgate_target_up Whether the last scrape of the target succeeded.
# TYPE metricgate_target_up gauge
metricgate_target_up{target="10.0.0.1:8080"} 1
metricgate_target_up{target="http://a/\\"b\\"\\\\"} 0
# HELP metricgate_target_scrape_duration_seconds How long the last scrape of the target took.
# TYPE metricgate_target_scrape_duration_seconds gauge
metricgate_target_scrape_duration_seconds{target="10.0.0.1:8080"} 0.0125
metricgate_target_scrape_duration_seconds{target="http://a/\\"b\\"\\\\"} 3
# HELP metricgate_target_samples Samples that the target exposed, before the rules.
# TYPE metricgate_target_samples gauge
metricgate_target_samples{target="10.0.0.1:8080"} 100
# HELP metricgate_targets Targets, by how their last scrape went.
# TYPE metricgate_targets gauge
metricgate_targets{state="up"} 1
metricgate_targets{state="down"} 1
`

describe('the metrics of targets', () => {
  test('say of each how it went; samples only of those that answered', () =>
    expect(targetMetrics(TARGETS)).toBe(TEXT))

  test('are the families that are left out of what targets bring', () =>
    expect([...TEXT.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)).toEqual(TARGET_FAMILIES))

  test.each([
    ['text', ''],
    ['openmetrics', '# EOF\n'],
  ] as const)('are valid %s', (format, end) =>
    expect(readStrictly(Buffer.from(targetMetrics(TARGETS) + end), format).samples).toHaveLength(7),
  )

  test('are counts alone without targets', () =>
    expect(targetMetrics([])).toBe(
      '# HELP metricgate_targets Targets, by how their last scrape went.\n# TYPE metricgate_targets gauge\nmetricgate_targets{state="up"} 0\nmetricgate_targets{state="down"} 0\n',
    ))
})
