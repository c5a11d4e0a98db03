import { describe, expect, test } from '@jest/globals'
import { inject } from '../../../operator/webhook/inject.ts'
import { gate, gates, OPTIONS, optIn, pod } from './fixtures.ts'

const SHOP = gate('shop')

describe('annotations for scraping', () => {
  const SCRAPE = 'prometheus.io/scrape'
  const PORT = 'prometheus.io/port'
  const PATH = 'prometheus.io/path'
  const SCHEME = 'prometheus.io/scheme'

  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'are led to the sidecar',
      { [SCRAPE]: 'true', [PORT]: '8080', [PATH]: '/stats' },
      { [SCRAPE]: 'true', [PORT]: '9464', [PATH]: '/metrics' },
    ],
    ['are completed', { [SCRAPE]: 'true' }, { [SCRAPE]: 'true', [PORT]: '9464', [PATH]: '/metrics' }],
    [
      'change the scheme, if they have one',
      { [SCRAPE]: 'true', [SCHEME]: 'https' },
      { [SCRAPE]: 'true', [PORT]: '9464', [PATH]: '/metrics', [SCHEME]: 'http' },
    ],
    [
      'stay, if the pod is not scraped by them',
      { [SCRAPE]: 'false', [PORT]: '8080' },
      { [SCRAPE]: 'false', [PORT]: '8080' },
    ],
    ['stay, if they are without effect', { [PORT]: '8080' }, { [PORT]: '8080' }],
  ])('%s', (_title, given, expected) => {
    const { annotations } =
      inject(pod({ ...optIn('shop'), ...given }), gates(SHOP), OPTIONS).pod.metadata ?? {}
    const { 'metricgate.io/inject': _inject, 'metricgate.io/injected': _hash, ...others } = annotations ?? {}
    expect(others).toEqual(expected)
  })

  test.each([
    ['8080', 'http', 0],
    ['8080', 8080, 0],
    ['9113', 8080, 1],
  ])('to port %s, where the gate reads %s: %d warnings', (annotated, target, count) => {
    const given = pod({ ...optIn('shop'), [SCRAPE]: 'true', [PORT]: annotated })
    const { warnings } = inject(given, gates(gate('shop', { targets: [{ port: target }] })), OPTIONS)
    expect(warnings.filter(warning => warning.includes('now only that is scraped'))).toHaveLength(count)
  })

  test.each([
    ['8080', []],
    ['9113', ['"9113", but MetricGate "shop" reads ports 8080, 8081: now only that is scraped']],
  ])('to port %s, where the gate reads two', (annotated, expected) => {
    const given = pod({ ...optIn('shop'), [SCRAPE]: 'true', [PORT]: annotated })
    const shop = gate('shop', { targets: [{ port: 'http' }, { port: 8081 }] })
    const { warnings } = inject(given, gates(shop), OPTIONS)
    const told = warnings.filter(warning => warning.startsWith(PORT))
    expect(told).toEqual(expected.map(text => `${PORT} was ${text}`))
  })
})
