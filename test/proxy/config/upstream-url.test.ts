import { expect, test } from '@jest/globals'
import { parseUpstreamUrl, printAddress, type UpstreamAddress } from '../../../proxy/config/upstream-url.ts'

test.each([
  ['http://127.0.0.1:10254/metrics', 'http://127.0.0.1:10254/metrics'],
  ['https://app:8443/a/b?x=1', 'https://app:8443/a/b?x=1'],
  ['http://127.0.0.1:9090', 'http://127.0.0.1:9090/metrics'],
  ['http://127.0.0.1:9090/', 'http://127.0.0.1:9090/metrics'],
  ['http://app?x=1', 'http://app/metrics?x=1'],
  ['localhost:8081/metrics', 'http://localhost:8081/metrics'],
  ['[::1]:8081', 'http://[::1]:8081/metrics'],
])('%s is %s', (text, url) => expect(parseUpstreamUrl(text)).toEqual({ address: { kind: 'url', url } }))

const discovered: readonly (readonly [string, UpstreamAddress, string])[] = [
  [
    'dns+http://app.ns:8080/metrics?a=b',
    { kind: 'dns', url: 'http://app.ns:8080/metrics?a=b' },
    'dns+http://app.ns:8080/metrics?a=b',
  ],
  ['DNS+HTTPS://app.ns.', { kind: 'dns', url: 'https://app.ns./metrics' }, 'dns+https://app.ns./metrics'],
  ['dns+http://[::1]:80/', { kind: 'dns', url: 'http://[::1]/metrics' }, 'dns+http://[::1]/metrics'],
  [
    'dns+http://app.ns:http-metrics/m',
    { kind: 'srv', url: 'http://app.ns/m', service: '_http-metrics._tcp.app.ns' },
    'dnssrv+http://_http-metrics._tcp.app.ns/m',
  ],
  [
    'dnssrv+https://_m._tcp.app.ns/m?x=1',
    { kind: 'srv', url: 'https://app.ns/m?x=1', service: '_m._tcp.app.ns' },
    'dnssrv+https://_m._tcp.app.ns/m?x=1',
  ],
]

test.each(discovered)('%s is discovered as %j', (text, address) =>
  expect(parseUpstreamUrl(text)).toEqual({ address }),
)

test.each(discovered)('%s: %j is shown as %s', (_, address, shown) =>
  expect(printAddress(address)).toBe(shown),
)

test.each([
  [
    'dns+app:80',
    'expected a URL such as dns+http://app.default.svc.cluster.local:8080/metrics, got "dns+app:80"',
  ],
  [
    'dns+http://',
    'expected a URL such as dns+http://app.default.svc.cluster.local:8080/metrics, got "dns+http://"',
  ],
  [
    'dnssrv+http://app/',
    'expected _port._protocol.name after dnssrv+, such as dnssrv+http://_metrics._tcp.app.default.svc.cluster.local/metrics; got "dnssrv+http://app/"',
  ],
  [
    'dnssrv+http://_m._tcp.app:8080/',
    'expected no port after dnssrv+, because SRV records name it; got "dnssrv+http://_m._tcp.app:8080/"',
  ],
  ['ftp://app/', 'expected an http or https URL, got "ftp://app/"'],
  ['http://', 'expected a URL such as http://127.0.0.1:10254/metrics, got "http://"'],
  ['', 'expected a URL such as http://127.0.0.1:10254/metrics, got ""'],
  ['http://app:99999/', 'expected a URL such as http://127.0.0.1:10254/metrics, got "http://app:99999/"'],
  ['http://me:secret@app/', 'a user and password in the URL are not supported; use bearer_token_file'],
  ['http://app/#top', 'expected a URL without a fragment (#…), got "http://app/#top"'],
])('%j is refused', (text, problem) => expect(parseUpstreamUrl(text)).toEqual({ problem }))
