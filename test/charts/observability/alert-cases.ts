import { WATCHED_KINDS } from '../../../operator/controller/cluster-watch.ts'

/** Series in promtool's notation: a series, and its values a minute apart. */
export type Series = Readonly<Record<string, string>>

/** When an alert has to fire, and when it has to keep quiet. */
export interface AlertCase {
  readonly alert: string
  readonly fires: Series
  /** Minutes after which it does. */
  readonly after: number
  /** Labels of it, besides the alert's own. */
  readonly labels: Readonly<Record<string, string>>
  /** What is as it should be, or not bad enough. */
  readonly quiet: readonly Series[]
}

const OPERATOR = 'namespace="metricgate-system", pod="operator-1"'
const OTHER = 'namespace="metricgate-system", pod="operator-2"'
/** Of another release, in a namespace of its own: it does not stand in for this one. */
const ELSEWHERE = 'namespace="elsewhere", pod="operator-1"'
const PROXY = 'namespace="shop", gate="web", pod="web-1"'
const PROXY_2 = 'namespace="shop", gate="web", pod="web-2"'

/** A problem of the gate shop/web, as both replicas of the operator tell of it. */
function problem(condition: string, reason: string): string[] {
  return [OPERATOR, OTHER].map(
    labels =>
      `metricgate_operator_gate_problem{${labels}, gate_namespace="shop", gate="web", condition="${condition}", reason="${reason}"}`,
  )
}

/** Each of the series with the same values. */
function all(series: readonly string[], values: string): Series {
  return Object.fromEntries(series.map(one => [one, values]))
}

function ofGate(condition: string, reason: string, alert: string, after: number): AlertCase {
  const labels = { gate_namespace: 'shop', gate: 'web', reason }
  const quiet = [all(problem('Other', reason), '1x2000'), all(problem(condition, reason), '1x3 stale')]
  return { alert, fires: all(problem(condition, reason), '1x2000'), after, labels, quiet }
}

/** A histogram whose observations, ten a minute, are all in one bucket. */
function histogram(name: string, labels: string, bound: string, others: readonly string[]): Series {
  const bucket = (le: string): string => `${name}_bucket{${labels}, le="${le}"}`
  return {
    [bucket(bound)]: '0+10x120',
    ...Object.fromEntries(others.map(le => [bucket(le), Number(le) < Number(bound) ? '0x120' : '0+10x120'])),
    [bucket('+Inf')]: '0+10x120',
  }
}

/** One for each alert, in the order of the file. */
export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'MetricGateOperatorAbsent',
    fires: { [`metricgate_operator_build_info{${ELSEWHERE}, version="1"}`]: '1x120' },
    after: 11,
    labels: { namespace: 'metricgate-system' },
    quiet: [{ [`metricgate_operator_build_info{${OPERATOR}, version="1"}`]: '1x120' }],
  },
  {
    alert: 'MetricGateOperatorNotReady',
    fires: {
      [`metricgate_operator_ready{${OPERATOR}}`]: '0x120',
      [`metricgate_operator_ready{${OTHER}}`]: '1x120',
      [`metricgate_operator_ready{${ELSEWHERE}}`]: '1x120',
    },
    after: 11,
    labels: { namespace: 'metricgate-system', pod: 'operator-1' },
    quiet: [
      { [`metricgate_operator_ready{${OPERATOR}}`]: '1x120' },
      { [`metricgate_operator_ready{${OPERATOR}}`]: '0x5 1x120' },
    ],
  },
  {
    alert: 'MetricGateNoLeader',
    fires: {
      [`metricgate_operator_leader{${OPERATOR}}`]: '0x120',
      [`metricgate_operator_leader{${OTHER}}`]: '0x120',
      [`metricgate_operator_leader{${ELSEWHERE}}`]: '1x120',
    },
    after: 3,
    labels: { namespace: 'metricgate-system' },
    quiet: [
      {
        [`metricgate_operator_leader{${OPERATOR}}`]: '0x120',
        [`metricgate_operator_leader{${OTHER}}`]: '1x120',
      },
    ],
  },
  {
    alert: 'MetricGateLeaderUnstable',
    fires: { [`metricgate_operator_leader_transitions_total{${OPERATOR}}`]: '0+1x120' },
    after: 20,
    labels: { namespace: 'metricgate-system' },
    quiet: [{ [`metricgate_operator_leader_transitions_total{${OPERATOR}}`]: '0x10 2x120' }],
  },
  {
    alert: 'MetricGateWebhookFailing',
    fires: {
      [`metricgate_operator_admissions_total{${OPERATOR}, outcome="skipped", reason="InternalError", dry_run="false"}`]:
        '0x2 1x60',
    },
    after: 6,
    labels: { namespace: 'metricgate-system', reason: 'InternalError' },
    quiet: [
      {
        [`metricgate_operator_admissions_total{${OPERATOR}, outcome="skipped", reason="InternalError", dry_run="false"}`]:
          '1x60',
        [`metricgate_operator_admissions_total{${OPERATOR}, outcome="skipped", reason="OptedOut", dry_run="false"}`]:
          '0+10x60',
        [`metricgate_operator_admissions_total{${OPERATOR}, outcome="skipped", reason="GatesUnknown", dry_run="true"}`]:
          '0+10x60',
      },
    ],
  },
  {
    alert: 'MetricGateWebhookSlow',
    fires: histogram('metricgate_operator_admission_duration_seconds', OPERATOR, '2.5', ['0.01', '1']),
    after: 15,
    labels: { namespace: 'metricgate-system' },
    quiet: [histogram('metricgate_operator_admission_duration_seconds', OPERATOR, '0.01', ['1', '2.5'])],
  },
  {
    alert: 'MetricGateCertificateExpires',
    fires: {
      [`metricgate_operator_certificate_expiry_timestamp_seconds{${OPERATOR}, kind="leaf"}`]: '600000x120',
      [`metricgate_operator_certificate_expiry_timestamp_seconds{${OPERATOR}, kind="authority"}`]:
        '9000000x120',
    },
    after: 61,
    labels: { namespace: 'metricgate-system', kind: 'leaf' },
    quiet: [
      {
        [`metricgate_operator_certificate_expiry_timestamp_seconds{${OPERATOR}, kind="leaf"}`]: '700000x120',
      },
    ],
  },
  {
    alert: 'MetricGateReconcileFailing',
    fires: { [`metricgate_operator_reconciles_total{${OPERATOR}, result="failure"}`]: '0+1x120' },
    after: 25,
    labels: { namespace: 'metricgate-system' },
    quiet: [
      { [`metricgate_operator_reconciles_total{${OPERATOR}, result="success"}`]: '0+5x120' },
      { [`metricgate_operator_reconciles_total{${OPERATOR}, result="failure"}`]: '0+1x3 4x120' },
    ],
  },
  {
    alert: 'MetricGateQueueSlow',
    fires: histogram('metricgate_operator_queue_duration_seconds', OPERATOR, '60', ['1', '15']),
    after: 20,
    labels: { namespace: 'metricgate-system' },
    quiet: [histogram('metricgate_operator_queue_duration_seconds', OPERATOR, '1', ['15', '60'])],
  },
  {
    alert: 'MetricGateWatchStuck',
    fires: {
      [`metricgate_operator_watch_last_progress_timestamp_seconds{${OPERATOR}, kind="Pod"}`]: '0x120',
    },
    after: 12,
    labels: { namespace: 'metricgate-system', pod: 'operator-1', kind: 'Pod' },
    quiet: [
      { [`metricgate_operator_watch_last_progress_timestamp_seconds{${OPERATOR}, kind="Pod"}`]: '0+60x120' },
    ],
  },
  {
    alert: 'MetricGateApiErrors',
    fires: {
      [`metricgate_operator_api_requests_total{${OPERATOR}, method="PATCH", code="503"}`]: '0+1x120',
      [`metricgate_operator_api_requests_total{${OPERATOR}, method="GET", code="0"}`]: '0+1x120',
      [`metricgate_operator_api_requests_total{${OPERATOR}, method="GET", code="200"}`]: '0+8x120',
    },
    after: 20,
    labels: { namespace: 'metricgate-system' },
    quiet: [
      {
        // A kind that the cluster does not have, and a conflict, are usual.
        [`metricgate_operator_api_requests_total{${OPERATOR}, method="GET", code="404"}`]: '0+5x120',
        [`metricgate_operator_api_requests_total{${OPERATOR}, method="PATCH", code="409"}`]: '0+5x120',
        [`metricgate_operator_api_requests_total{${OPERATOR}, method="GET", code="200"}`]: '0+5x120',
      },
    ],
  },
  {
    alert: 'MetricGateHandlerFailing',
    fires: {
      // All kinds are there from the start, and one of them fails once.
      ...all(
        WATCHED_KINDS.map(
          ({ kind }) => `metricgate_operator_handler_failures_total{${OPERATOR}, kind="${kind}"}`,
        ),
        '0x60',
      ),
      [`metricgate_operator_handler_failures_total{${OPERATOR}, kind="Pod"}`]: '0x2 1x60',
    },
    after: 6,
    labels: { namespace: 'metricgate-system', kind: 'Pod' },
    quiet: [{ [`metricgate_operator_handler_failures_total{${OPERATOR}, kind="Pod"}`]: '3x60' }],
  },
  ofGate('Stalled', 'Invalid', 'MetricGateStalled', 11),
  {
    alert: 'MetricGateNotReady',
    fires: all(problem('Ready', 'Retrying'), '1x120'),
    after: 31,
    labels: { gate_namespace: 'shop', gate: 'web' },
    quiet: [
      // Another alert tells of these.
      all([...problem('Ready', 'Invalid'), ...problem('Stalled', 'Invalid')], '1x120'),
      all(problem('Ready', 'AggregatorProgressing'), '1x10 stale'),
    ],
  },
  ofGate('MonitorReady', 'CrdMissing', 'MetricGateMonitorMissing', 31),
  ofGate('AggregatorReady', 'AggregatorFailed', 'MetricGateAggregatorNotReady', 16),
  ofGate('DirectScrape', 'ServiceMonitor', 'MetricGateDirectScrape', 31),
  ofGate('RolledOut', 'Blocked', 'MetricGateRolloutBlocked', 61),
  {
    alert: 'MetricGatePodsMissedInjection',
    fires: all(
      [OPERATOR, OTHER].map(labels => `metricgate_operator_pods{${labels}, state="missed"}`),
      '2x120',
    ),
    after: 31,
    labels: { namespace: 'metricgate-system' },
    quiet: [
      {
        [`metricgate_operator_pods{${OPERATOR}, state="missed"}`]: '0x120',
        [`metricgate_operator_pods{${OPERATOR}, state="matched"}`]: '9x120',
        [`metricgate_operator_pods{${OPERATOR}, state="outdated"}`]: '9x120',
      },
    ],
  },
  {
    alert: 'MetricGatePodsOutdated',
    fires: { [`metricgate_operator_pods{${OPERATOR}, state="outdated"}`]: '2x2000' },
    after: 1441,
    labels: { namespace: 'metricgate-system' },
    quiet: [{ [`metricgate_operator_pods{${OPERATOR}, state="outdated"}`]: '2x1000 0x1000' }],
  },
  {
    alert: 'MetricGateScrapeFailing',
    fires: {
      'up{namespace="shop", job="web", pod="web-1", endpoint="metricgate"}': '0x120',
      'up{namespace="shop", job="web", pod="web-2", endpoint="metricgate"}': '1x120',
    },
    after: 11,
    labels: { namespace: 'shop', job: 'web' },
    quiet: [
      { 'up{namespace="shop", job="web", pod="web-1", endpoint="metricgate"}': '1x120' },
      { 'up{namespace="shop", job="other", pod="other-1", endpoint="http"}': '0x120' },
      { 'up{namespace="shop", job="web", pod="web-1", endpoint="metricgate"}': '0x5 1x120' },
    ],
  },
  {
    alert: 'MetricGateUpstreamFailing',
    fires: { [`metricgate_proxy_upstream_errors_total{${PROXY}, code="E_UPSTREAM_STATUS"}`]: '0+1x120' },
    after: 20,
    labels: { namespace: 'shop', gate: 'web', code: 'E_UPSTREAM_STATUS' },
    quiet: [
      { [`metricgate_proxy_upstream_errors_total{${PROXY}, code="E_UPSTREAM_STATUS"}`]: '0+1x2 3x120' },
    ],
  },
  {
    alert: 'MetricGateTruncated',
    fires: { [`metricgate_proxy_truncated_output_total{${PROXY}, output="/metrics"}`]: '0+2x120' },
    after: 10,
    labels: { namespace: 'shop', gate: 'web' },
    quiet: [
      {
        [`metricgate_proxy_truncated_input_total{${PROXY}}`]: '0x120',
        [`metricgate_proxy_truncated_output_total{${PROXY}, output="/metrics"}`]: '7x120',
      },
    ],
  },
  {
    alert: 'MetricGateSeriesLimitReached',
    fires: { [`metricgate_proxy_limited_samples_total{${PROXY}}`]: '0+20x120' },
    after: 10,
    labels: { namespace: 'shop', gate: 'web' },
    quiet: [{ [`metricgate_proxy_limited_samples_total{${PROXY}}`]: '20x120' }],
  },
  {
    alert: 'MetricGateConfigurationRefused',
    fires: {
      [`metricgate_config_last_reload_successful{${PROXY}}`]: '0x120',
      [`metricgate_config_last_reload_successful{${PROXY_2}}`]: '1x120',
    },
    after: 11,
    labels: { namespace: 'shop', gate: 'web' },
    quiet: [{ [`metricgate_config_last_reload_successful{${PROXY}}`]: '1x120' }],
  },
  {
    alert: 'MetricGatePolicyProviderDown',
    fires: { [`metricgate_proxy_policy_provider_up{${PROXY}, provider="http", reason="E_HTTP"}`]: '0x120' },
    after: 16,
    labels: { namespace: 'shop', gate: 'web', provider: 'http', reason: 'E_HTTP' },
    quiet: [{ [`metricgate_proxy_policy_provider_up{${PROXY}, provider="http", reason=""}`]: '1x120' }],
  },
  {
    alert: 'MetricGateTargetsDown',
    fires: {
      'metricgate_targets{namespace="shop", job="web", state="up"}': '8x120',
      'metricgate_targets{namespace="shop", job="web", state="down"}': '2x120',
    },
    after: 16,
    labels: { namespace: 'shop', job: 'web' },
    quiet: [
      {
        'metricgate_targets{namespace="shop", job="web", state="up"}': '99x120',
        'metricgate_targets{namespace="shop", job="web", state="down"}': '1x120',
      },
      {
        'metricgate_targets{namespace="shop", job="web", state="up"}': '0x120',
        'metricgate_targets{namespace="shop", job="web", state="down"}': '0x120',
      },
    ],
  },
  {
    alert: 'MetricGateBoundsDiffer',
    fires: { [`metricgate_proxy_mixed_bounds{${PROXY}}`]: '1x120' },
    after: 61,
    labels: { namespace: 'shop', gate: 'web' },
    quiet: [{ [`metricgate_proxy_mixed_bounds{${PROXY}}`]: '0x120' }],
  },
]
