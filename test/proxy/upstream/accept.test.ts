import { describe, expect, test } from '@jest/globals'
import { parseContentType } from '../../../proxy/exposition/format.ts'
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

const OPEN_METRICS = 'application/openmetrics-text'
const UTF8 = `${OPEN_METRICS}; version=1.0.0; escaping=allow-utf-8`
const UNDERSCORES = `${OPEN_METRICS}; version=1.0.0; escaping=underscores`

describe('whether a client takes an answer', () => {
  test.each([
    ['nothing is asked for', undefined, UTF8, true],
    ['anything is', '*/*', UTF8, true],
    ['any text is', 'text/*', 'text/plain', true],
    ['any text is, and this is none', 'text/*', OPEN_METRICS, false],
    ['its format is', 'text/plain', 'text/plain; version=0.0.4; charset=utf-8', true],
    ['another format is', 'text/plain;version=0.0.4', OPEN_METRICS, false],
    ['its version is', 'text/plain; Version="0.0.4"', 'text/plain; version=0.0.4', true],
    ['another version is', 'text/plain;version=0.0.4', 'text/plain; version=1.0.0', false],
    ['its version is said by nobody', 'text/plain;version=0.0.4', 'text/plain', true],
    ['it is one of many', TEXT_RANGES, `${OPEN_METRICS}; version=0.0.1`, true],
    ['its escaping is', `${OPEN_METRICS};escaping=allow-utf-8`, UTF8, true],
    ['another escaping is', `${OPEN_METRICS};version=1.0.0;escaping=underscores`, UTF8, false],
    [
      'another escaping is, and it has one',
      `${OPEN_METRICS};version=1.0.0;escaping=allow-utf-8`,
      UNDERSCORES,
      false,
    ],
    [
      'another escaping is, and it says nothing of any',
      `${OPEN_METRICS};escaping=underscores`,
      OPEN_METRICS,
      true,
    ],
    ['no escaping is, and it has one', `${OPEN_METRICS};version=1.0.0`, UNDERSCORES, true],
    ['no escaping is, and it has UTF-8', `${OPEN_METRICS};version=1.0.0`, UTF8, false],
    ['another version of it is, or anything', `${OPEN_METRICS};version=0.0.1,*/*;q=0.1`, UTF8, false],
    ['other formats are, or anything', 'text/plain,*/*;q=0.1', UTF8, true],
    ['it is refused', `${OPEN_METRICS};q=0,text/plain`, OPEN_METRICS, false],
    ['it is refused, at length', `${OPEN_METRICS};q=0.000,*/*`, OPEN_METRICS, false],
    ['all but another is refused', 'text/plain,*/*;q=0', OPEN_METRICS, false],
    ['it is the last choice', `text/plain,${OPEN_METRICS};q=0.001`, OPEN_METRICS, true],
    ['it is in a range that makes no sense', 'text/plain;=;version', 'text/plain', false],
  ])('when %s: %j, %s: %j', (_, header, contentType, expected) => {
    const type = parseContentType(contentType)
    expect(type && accepts(header, type)).toBe(expected)
  })
})
