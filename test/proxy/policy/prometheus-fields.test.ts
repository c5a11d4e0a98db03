import { expect, test } from '@jest/globals'
import { Families } from '../../../proxy/exposition/families.ts'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { parseMetadata } from '../../../proxy/exposition/metadata.ts'
import { parseSeries } from '../../../proxy/exposition/series.ts'
import { type FieldValue, readField } from '../../../proxy/policy/fields.ts'
import type { Selector } from '../../../proxy/policy/policy.ts'
import { PrometheusFields } from '../../../proxy/policy/prometheus-fields.ts'

const RESOURCE = new Map([
  ['k8s.pod.name', 'web-0'],
  ['service.name', 'web'],
])

/** The series at the start of the last line, in the terms of policies; the lines before it are metadata. */
function fieldsOf(exposition: string, format: ExpositionFormat): PrometheusFields {
  const lines = exposition.split('\n').map(line => Buffer.from(line).toString('latin1'))
  const families = new Families()
  for (const line of lines.slice(0, -1)) {
    const metadata = parseMetadata(`${line}\n`, format)
    if (metadata?.kind !== 'metadata') throw new Error(`no metadata: ${line}`)
    families.declare(metadata)
  }
  const series = parseSeries(lines.at(-1) ?? '', format)
  if (series.kind === 'malformed') throw new Error(series.reason)
  return new PrometheusFields(series, families.of(series.name), RESOURCE)
}

const COUNTER = `# HELP http_requests Requests,\\nby "route" \\\\
# TYPE http_requests counter
http_requests_total{method="GET",empty="",otel_scope_name="lib",otel_scope_version="1.2",otel_scope_schema_url="u",otel_scope_telemetry_level="debug"} 1`
const UTF8 = `# TYPE "http.request.size" histogram
{"http.request.size_bucket","http.method"="GET","otel_scope_telemetry.level"="debug"} 1`

const field = (name: (Selector & { kind: 'metric_field' })['field']): Selector => ({
  kind: 'metric_field',
  field: name,
})
const attribute = (kind: 'datapoint' | 'resource' | 'scope', ...path: string[]): Selector => ({
  kind: `${kind}_attribute`,
  path,
})

test.each<[string, Selector, FieldValue]>([
  [COUNTER, field('name'), 'http_requests_total'],
  [COUNTER, field('description'), 'Requests,\nby "route" \\'],
  [COUNTER, field('unit'), undefined],
  [COUNTER, field('scope_name'), 'lib'],
  [COUNTER, field('scope_version'), '1.2'],
  [COUNTER, field('scope_schema_url'), 'u'],
  [COUNTER, field('resource_schema_url'), undefined],
  [COUNTER, attribute('datapoint', 'method'), 'GET'],
  [COUNTER, attribute('datapoint', 'empty'), undefined],
  [COUNTER, attribute('datapoint', 'absent'), undefined],
  [COUNTER, attribute('datapoint', 'method', 'x'), undefined],
  [COUNTER, attribute('scope', 'telemetry.level'), 'debug'],
  [COUNTER, attribute('scope', 'telemetry', 'level'), 'debug'],
  [COUNTER, attribute('scope', 'absent'), undefined],
  [COUNTER, attribute('resource', 'k8s.pod.name'), 'web-0'],
  [COUNTER, attribute('resource', 'service', 'name'), 'web'],
  [COUNTER, attribute('resource', 'absent'), undefined],
  [UTF8, field('name'), 'http.request.size_bucket'],
  [UTF8, field('description'), undefined],
  [UTF8, attribute('datapoint', 'http.method'), 'GET'],
  [UTF8, attribute('datapoint', 'http', 'method'), 'GET'],
  [UTF8, attribute('scope', 'telemetry.level'), 'debug'],
])('%s: %j', (exposition, selector, value) => {
  expect(readField(fieldsOf(exposition, 'text'), selector)).toBe(value)
})

test('the unit is that of OpenMetrics', () => {
  const exposition = '# TYPE size_bytes gauge\n# UNIT size_bytes bytes\nsize_bytes 1'
  expect(readField(fieldsOf(exposition, 'openmetrics'), field('unit'))).toBe('bytes')
})

test.each([
  ['counter', 'a_total', 'sum', 'cumulative'],
  ['counter', 'a_created', 'sum', 'cumulative'],
  ['gauge', 'a', 'gauge', undefined],
  ['histogram', 'a_bucket', 'histogram', 'cumulative'],
  ['gaugehistogram', 'a_gcount', 'histogram', undefined],
  ['summary', 'a_sum', 'summary', undefined],
  ['info', 'a_info', 'gauge', undefined],
  ['stateset', 'a', 'gauge', undefined],
  ['unknown', 'a', undefined, undefined],
])('%s, sample %s: type %s, temporality %s', (type, sample, metricType, temporality) => {
  const fields = fieldsOf(`# TYPE a ${type}\n${sample} 1`, 'openmetrics')
  expect(readField(fields, { kind: 'metric_type' })).toBe(metricType)
  expect(readField(fields, { kind: 'aggregation_temporality' })).toBe(temporality)
})

test('a family without a TYPE line has no type, whatever stands before it', () => {
  const fields = fieldsOf('# TYPE a counter\nb 1', 'text')
  expect(readField(fields, { kind: 'metric_type' })).toBeUndefined()
})
