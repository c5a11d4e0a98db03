import type { Dashboard } from './grafana.ts'
import { lines, type Query, quantiles, type Row, stat, table } from './panel.ts'

const OF = 'namespace=~"$namespace", gate=~"$gate"'
const P = 'metricgate_proxy'
const SCRAPES = `rate(${P}_scrapes_total{${OF}, result="success"}[$__rate_interval])`
/** Metrics of any process, of those that are proxies. */
const IS_PROXY = `and on (job, instance) ${P}_build_info{${OF}}`

function increase(counter: string, matchers = ''): string {
  return `rate(${P}_${counter}{${[OF, matchers].filter(Boolean).join(', ')}}[$__rate_interval])`
}

function rate(counter: string, by: string): [legend: Query['legend'], expr: Query['expr']] {
  const legend = by
    .split(', ')
    .map(label => `{{${label}}}`)
    .join(' ')
  return [legend, `sum by (${by}) (${increase(counter)})`]
}

const READ = `sum(${increase('samples_in_total')})`
const WRITTEN = `sum(${increase('samples_out_total', 'output="/metrics"')})`
const BYTES_READ = `sum(${increase('bytes_in_total')})`
const BYTES_WRITTEN = `sum(${increase('bytes_out_total', 'output="/metrics"')})`

const OVERVIEW: Row = {
  title: 'Overview',
  panels: [
    stat(
      'Proxies',
      'Sidecars and aggregators that Prometheus scrapes.',
      'short',
      `count(${P}_build_info{${OF}})`,
    ),
    stat(
      'Samples saved',
      'Share of the samples that the rules keep away from Prometheus.',
      'percentunit',
      `1 - ${WRITTEN} / ${READ}`,
    ),
    stat(
      'Bytes saved',
      'Share of the bytes that Prometheus does not read, before compression.',
      'percentunit',
      `1 - ${BYTES_WRITTEN} / ${BYTES_READ}`,
    ),
    stat(
      'Failed scrapes',
      'Share of the scrapes that failed.',
      'percentunit',
      `sum(${increase('scrapes_total', 'result="failure"')}) / sum(${increase('scrapes_total')})`,
    ),
    stat(
      'Targets down',
      'Targets of aggregators that did not answer their last scrape.',
      'short',
      'sum(metricgate_targets{namespace=~"$namespace", state="down"})',
    ),
    stat(
      'Configurations refused',
      'Proxies that go on with an earlier configuration, or have none.',
      'short',
      `count(metricgate_config_last_reload_successful{${OF}} == 0) or vector(0)`,
    ),
  ],
}

const SERIES: Row = {
  title: 'Series and bytes',
  panels: [
    lines(
      'Samples of a scrape of all pods',
      'What applications expose, and what is left of it for each output.',
      'short',
      ['in {{gate}}', `sum by (gate) (${increase('samples_in_total')} / ignoring (result) ${SCRAPES})`],
      [
        'out {{gate}} {{output}}',
        `sum by (gate, output) (${increase('samples_out_total')} / ignoring (result, output) group_left () ${SCRAPES})`,
      ],
    ),
    lines(
      'Bytes',
      'Read from applications, and written for each output, before compression.',
      'Bps',
      ['in {{gate}}', `sum by (gate) (${increase('bytes_in_total')})`],
      ['out {{gate}} {{output}}', `sum by (gate, output) (${increase('bytes_out_total')})`],
    ),
    lines(
      'Samples that Prometheus takes',
      'As Prometheus counts them, also where the metrics of the proxies themselves are not scraped.',
      'short',
      ['{{job}}', 'sum by (job) (scrape_samples_scraped{namespace=~"$namespace", endpoint="metricgate"})'],
    ),
    lines(
      'Dropped by rules',
      'Samples that rules and policies dropped.',
      'ops',
      rate('dropped_series_total', 'gate, output'),
    ),
    lines(
      'Merged by rules',
      'Samples added to another one of the same series.',
      'ops',
      rate('merged_series_total', 'gate, output'),
    ),
    lines(
      'Left out of merges',
      'NaN, and series such as quantiles that cannot be put together.',
      'ops',
      ['NaN {{gate}}', `sum by (gate) (${increase('nan_samples_total')})`],
      ['unmergeable {{gate}}', `sum by (gate) (${increase('unmergeable_series_total')})`],
      ['nameless {{gate}}', `sum by (gate) (${increase('nameless_series_total')})`],
    ),
  ],
}

const SCRAPING: Row = {
  title: 'Scrapes',
  panels: [
    lines('Scrapes', 'By how they ended.', 'ops', rate('scrapes_total', 'gate, result')),
    lines(
      'Duration',
      'From the request of a scrape to the end of its answer.',
      's',
      ...quantiles(`${P}_scrape_duration_seconds`, OF, 'gate'),
    ),
    lines(
      'Errors',
      'Scrapes that failed, by error code.',
      'ops',
      rate('upstream_errors_total', 'gate, code'),
    ),
    lines(
      'Limits met',
      'Scrapes that were cut, and samples beyond the limit of series.',
      'ops',
      ['input cut {{gate}}', `sum by (gate) (${increase('truncated_input_total')})`],
      ['output cut {{gate}}', `sum by (gate) (${increase('truncated_output_total')})`],
      ['series beyond the limit {{gate}}', `sum by (gate) (${increase('limited_samples_total')})`],
    ),
    lines(
      'Oddities',
      'Lines that are no samples, series exposed twice, samples on which rules failed.',
      'ops',
      ['malformed {{gate}}', `sum by (gate) (${increase('malformed_lines_total')})`],
      ['duplicate {{gate}}', `sum by (gate) (${increase('duplicate_samples_total')})`],
      ['rule errors {{gate}}', `sum by (gate) (${increase('rule_errors_total')})`],
    ),
    lines(
      'Shared scrapes',
      'Requests served by a scrape that another one had begun.',
      'ops',
      rate('joined_scrapes_total', 'gate'),
    ),
  ],
}

const AGGREGATORS: Row = {
  title: 'Aggregators',
  panels: [
    table(
      'Targets that are down',
      'Targets that did not answer the last scrape of their aggregator.',
      'metricgate_target_up{namespace=~"$namespace"} == 0',
    ),
    lines('Targets', 'By how their last scrape went.', 'short', [
      '{{job}} {{state}}',
      'sum by (job, state) (metricgate_targets{namespace=~"$namespace"})',
    ]),
    lines('Slowest targets', 'The ten whose last scrape took longest.', 's', [
      '{{job}} {{target}}',
      'topk(10, metricgate_target_scrape_duration_seconds{namespace=~"$namespace"})',
    ]),
    lines('Largest targets', 'The ten that expose most samples.', 'short', [
      '{{job}} {{target}}',
      'topk(10, metricgate_target_samples{namespace=~"$namespace"})',
    ]),
    lines(
      'Rounds',
      'Complete, partial (targets failed) or failed.',
      'ops',
      rate('rounds_total', 'gate, result'),
    ),
    lines('Failures of targets', 'By error code.', 'ops', rate('target_failures_total', 'gate, code')),
    lines(
      'Resolutions of names',
      'Found, empty (no addresses) or failed (DNS did not answer).',
      'ops',
      rate('resolutions_total', 'gate, result'),
    ),
    lines(
      'Counters',
      'Resets of targets that were corrected, and values that were skipped because they are not finite.',
      'ops',
      ['resets {{gate}}', `sum by (gate) (${increase('counter_resets_total')})`],
      ['skipped {{gate}}', `sum by (gate) (${increase('skipped_values_total')})`],
    ),
    lines('Histograms with different bounds', 'Quantiles of their sums are not exact.', 'short', [
      '{{gate}}',
      `max by (gate) (${P}_mixed_bounds{${OF}})`,
    ]),
    lines('Memory for last values', 'What aggregators remember of all targets.', 'bytes', [
      '{{pod}}',
      `${P}_aggregation_held_bytes{${OF}}`,
    ]),
  ],
}

const CONFIGURATION: Row = {
  title: 'Configuration and policies',
  panels: [
    lines('Configurations read', 'Those that were put to work, and those that were refused.', 'ops', [
      '{{gate}} {{result}}',
      `sum by (gate, result) (rate(metricgate_config_reloads_total{${OF}}[$__rate_interval]))`,
    ]),
    lines('Age of the configuration', 'Since the configuration at work was read.', 's', [
      '{{gate}}',
      `max by (gate) (time() - metricgate_config_last_reload_success_timestamp_seconds{${OF}})`,
    ]),
    lines('Policy providers', 'Proxies whose provider answered last time, and did not.', 'short', [
      '{{provider}} {{reason}}',
      `count by (provider, reason) (${P}_policy_provider_up{${OF}})`,
    ]),
    lines('Policies', 'By state, over all proxies.', 'short', [
      '{{state}}',
      `sum by (state) (${P}_policies{${OF}})`,
    ]),
    lines(
      'Policies at work',
      'Samples that a policy matched and treated.',
      'ops',
      rate('policy_hits_total', 'policy, provider'),
    ),
    lines(
      'Policies overruled',
      'Samples that a policy matched to keep, and another one dropped.',
      'ops',
      rate('policy_misses_total', 'policy, provider'),
    ),
    lines(
      'Requests to providers',
      'How often providers were asked, by result.',
      'ops',
      rate('policy_syncs_total', 'provider, result'),
    ),
    lines('Age of policies', 'Since a provider was asked with success.', 's', [
      '{{provider}}',
      `max by (provider) (time() - ${P}_policy_last_sync_timestamp_seconds{${OF}})`,
    ]),
  ],
}

const PROCESS: Row = {
  title: 'Process',
  panels: [
    lines('CPU', 'Cores used by the proxies of a gate.', 'short', [
      '{{gate}}',
      `sum by (gate) (rate(process_cpu_seconds_total{${OF}}[$__rate_interval]) ${IS_PROXY})`,
    ]),
    lines(
      'Memory',
      'Resident memory: the largest proxy of a gate, and all of them.',
      'bytes',
      ['largest {{gate}}', `max by (gate) (process_resident_memory_bytes{${OF}} ${IS_PROXY})`],
      ['all {{gate}}', `sum by (gate) (process_resident_memory_bytes{${OF}} ${IS_PROXY})`],
    ),
    lines('Age', 'Since the youngest proxy of a gate started: a saw-tooth is a crash loop.', 's', [
      '{{gate}}',
      `min by (gate) (time() - process_start_time_seconds{${OF}} ${IS_PROXY})`,
    ]),
  ],
}

/** What sidecars and aggregators do with the series of their gates. */
export const PROXIES_DASHBOARD: Dashboard = {
  uid: 'metricgate-proxies',
  title: 'MetricGate / Proxies',
  description:
    'What the sidecars and aggregators of MetricGates do. They have to be scraped at /_metrics: docs/monitoring.md.',
  variables: [
    { name: 'namespace', query: `label_values(${P}_build_info, namespace)` },
    { name: 'gate', query: `label_values(${P}_build_info{namespace=~"$namespace"}, gate)` },
  ],
  rows: [OVERVIEW, SERIES, SCRAPING, AGGREGATORS, CONFIGURATION, PROCESS],
}
