import { startProxy, type TestProxy } from '../../proxy/server/proxy.ts'
import { startApplication } from '../../proxy/upstream/application.ts'
import { factsOfExposition, type MetricFacts, merged, withRegistered } from './facts.ts'

const EXPOSITION = [
  '# TYPE requests_total counter',
  'requests_total{path="/"} 1',
  'requests_total{path="/"} 2',
  'requests_total{path="/a"} NaN',
  'go_threads 5',
  '!',
  '',
].join('\n')

const RULES = [
  { action: 'labeldrop', regex: 'path' },
  { action: 'drop', source_labels: ['__name__'], regex: 'go_.*' },
]

const POLICY = {
  id: 'drop-threads',
  name: 'Drop threads',
  metric: { match: [{ metric_field: 'name', exact: 'go_threads' }], keep: false },
}

/** A proxy, as it says of itself. */
export interface ProxyFacts {
  /** `/_metrics`. */
  readonly about: string
  /** `/metrics`. */
  readonly output: string
  readonly facts: ReadonlyMap<string, MetricFacts>
}

/** What a sidecar says of itself when it has scraped its application, and then found it gone. */
export async function sidecarFacts(): Promise<ProxyFacts> {
  const application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end(EXPOSITION),
  )
  const proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    metric_relabel_configs: RULES,
    subsets: [{ name: 'sub' }],
    policies: [POLICY],
    policy_providers: [{ id: 'file', type: 'file', path: '/does/not/exist' }],
  })
  const { text } = await proxy.get('/metrics')
  await application.stop()
  await proxy.get('/metrics')
  return factsOf(proxy, text)
}

/** What an aggregator says of itself, and in its output of its targets: one answers, one does not. */
export async function aggregatorFacts(): Promise<ProxyFacts> {
  const application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end(EXPOSITION.replace('!\n', '')),
  )
  const gone = await startApplication((_, response) => response.end())
  await gone.stop()
  const proxy = await startProxy({
    upstream_urls: [application.port, gone.port].map(port => `http://127.0.0.1:${port}/metrics`),
    metric_relabel_configs: RULES,
  })
  const { text } = await proxy.get('/metrics')
  const own = await factsOf(proxy, text)
  await application.stop()
  const ofTargets = [...factsOfExposition(text).values()].filter(({ name }) => name.startsWith('metricgate_'))
  return { ...own, facts: merged(own.facts, new Map(ofTargets.map(facts => [facts.name, facts]))) }
}

async function factsOf(proxy: TestProxy, output: string): Promise<ProxyFacts> {
  const { text: about } = await proxy.get('/_metrics')
  const facts = withRegistered(factsOfExposition(about), proxy.runtime.metrics.registry)
  await proxy.stop()
  return { about, output, facts }
}
