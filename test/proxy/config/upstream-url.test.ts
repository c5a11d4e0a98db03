import { expect, test } from '@jest/globals'
import { parseUpstreamUrl } from '../../../proxy/config/upstream-url.ts'

test.each([
  ['http://127.0.0.1:10254/metrics', 'http://127.0.0.1:10254/metrics'],
  ['https://app:8443/a/b?x=1', 'https://app:8443/a/b?x=1'],
  ['http://127.0.0.1:9090', 'http://127.0.0.1:9090/metrics'],
  ['http://127.0.0.1:9090/', 'http://127.0.0.1:9090/metrics'],
  ['http://app?x=1', 'http://app/metrics?x=1'],
  ['localhost:8081/metrics', 'http://localhost:8081/metrics'],
  ['[::1]:8081', 'http://[::1]:8081/metrics'],
])('%s is %s', (text, url) => expect(parseUpstreamUrl(text)).toEqual({ url }))

test.each([
  [
    'dns+http://app:80/metrics',
    '"dns+http://app:80/metrics": scraping what a DNS name resolves to (dns+) is not available yet',
  ],
  ['ftp://app/', 'expected an http or https URL, got "ftp://app/"'],
  ['http://', 'expected a URL such as http://127.0.0.1:10254/metrics, got "http://"'],
  ['', 'expected a URL such as http://127.0.0.1:10254/metrics, got ""'],
  ['http://app:99999/', 'expected a URL such as http://127.0.0.1:10254/metrics, got "http://app:99999/"'],
  ['http://me:secret@app/', 'a user and password in the URL are not supported; use bearer_token_file'],
  ['http://app/#top', 'expected a URL without a fragment (#…), got "http://app/#top"'],
])('%j is refused', (text, problem) => expect(parseUpstreamUrl(text)).toEqual({ problem }))
