import { describe, expect, test } from '@jest/globals'
import { accepts, rewriteAccept } from '../../../proxy/upstream/accept.ts'

const TEXT_RANGES =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3'
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7'

describe('what the upstream is asked for', () => {
  test.each([
    ['what Prometheus sends, without its wildcard', `${TEXT_RANGES},*/*;q=0.2`, TEXT_RANGES],
    ['no protobuf, with native histograms on', `${PROTOBUF},${TEXT_RANGES},*/*;q=0.2`, TEXT_RANGES],
    ['plain text for a wildcard alone', '*/*', 'text/plain;version=0.0.4'],
    ['plain text for text/*, at its weight', 'text/*;q=0.5', 'text/plain;version=0.0.4;q=0.5'],
    [
      'plain text beside OpenMetrics for a wildcard',
      'application/openmetrics-text,*/*;q=0.1',
      'application/openmetrics-text,text/plain;version=0.0.4;q=0.1',
    ],
    ['plain text when nothing is said', undefined, 'text/plain;version=0.0.4'],
    ['plain text when nothing can be filtered', PROTOBUF, 'text/plain;version=0.0.4'],
    ['plain text when nothing makes sense', ',;=,,x', 'text/plain;version=0.0.4'],
    ['parameters with commas in quotes', 'text/plain;x="a,b/c";q=1', 'text/plain;x="a,b/c";q=1'],
    ['types in any case', 'TEXT/Plain; version=0.0.4', 'text/plain; version=0.0.4'],
  ])('%s', (_, header, rewritten) => expect(rewriteAccept(header)).toBe(rewritten))
})

describe('whether a client takes a format', () => {
  test.each([
    [undefined, 'text/plain', true],
    ['*/*', 'application/openmetrics-text', true],
    ['text/*', 'text/plain', true],
    ['text/*', 'application/openmetrics-text', false],
    ['text/plain;version=0.0.4', 'text/plain', true],
    ['text/plain;version=0.0.4', 'application/openmetrics-text', false],
    [TEXT_RANGES, 'application/openmetrics-text', true],
  ])('%j, %s: %j', (header, mediaType, expected) => expect(accepts(header, mediaType)).toBe(expected))
})
