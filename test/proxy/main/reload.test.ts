import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Application, startApplication } from '../upstream/application.ts'
import { type Program, start } from './program.ts'

let directory: string
let application: Application
let program: Program

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-reload-'))
  application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end('a{path="/x"} 1\nb 1\n'),
  )
})

afterEach(async () => {
  program.process.kill('SIGKILL')
  await program.ended
  await application.stop()
  await rm(directory, { recursive: true })
})

const configOf = (rules: string) =>
  `upstream_url: http://127.0.0.1:${application.port}/metrics\nmetric_relabel_configs: ${rules}\n`
const DROP_A = '[{ action: drop, source_labels: [__name__], regex: a }]'
const DROP_B = '[{ action: drop, source_labels: [__name__], regex: b }]'

/** Writes a revision of a volume and swaps the links, as the kubelet does for a ConfigMap. */
async function publish(revision: string, text: string): Promise<void> {
  await mkdir(join(directory, revision))
  await writeFile(join(directory, revision, 'config.yaml'), text)
  await symlink(revision, join(directory, '..data_tmp'))
  await rename(join(directory, '..data_tmp'), join(directory, '..data'))
}

async function serve(...args: string[]): Promise<string> {
  program = start([...args, '--port', '0', '--listen-address', '127.0.0.1'])
  const [, port] = await program.outputMatching(/"port":(\d+)\}\],"msg":"listening"/)
  return `http://127.0.0.1:${port}/metrics`
}

const scrape = async (url: string) => (await fetch(url)).text()
const logged = (message: RegExp) =>
  program
    .stdout()
    .split('\n')
    .filter(line => message.test(line)).length

test('a ConfigMap volume: the file appears, its links are swapped, a bad revision leaves the last good one', async () => {
  const url = await serve(join(directory, 'config.yaml'), '--wait-for-config')
  expect(await scrape(url)).toContain('there is no such file')

  await publish('..1', configOf(DROP_A))
  await symlink('..data/config.yaml', join(directory, 'config.yaml'))
  await program.outputMatching(/configuration at work/)
  expect(await scrape(url)).toBe('b 1\n')

  await publish('..2', configOf(DROP_B))
  await program.outputMatching(/(configuration at work[\s\S]*){2}/)
  expect(await scrape(url)).toBe('a{path="/x"} 1\n')

  await publish('..3', configOf('[{ action: kepe }]'))
  await program.outputMatching(/the last good one stays at work: .*unknown relabel action \\"kepe\\"/)
  expect(await scrape(url)).toBe('a{path="/x"} 1\n')

  await publish('..4', configOf(DROP_A))
  await program.outputMatching(/(configuration at work[\s\S]*){3}/)
  expect(await scrape(url)).toBe('b 1\n')
  expect(logged(/the last good one stays at work/)).toBe(1)
})

test('a configuration of Tero Edge serves, applies its policies, and says what it does without', async () => {
  const path = join(directory, 'edge.json')
  const match = [{ metric_field: 'METRIC_FIELD_NAME', exact: 'a' }]
  const policies = [{ id: 'drop-a', name: 'drop a', metric: { match, keep: false } }]
  await writeFile(join(directory, 'policies.json'), JSON.stringify({ policies }))
  const edge = {
    listen_address: '127.0.0.1',
    listen_port: 0,
    upstream_url: `http://127.0.0.1:${application.port}`,
    log_level: 'info',
    worker_count: 1,
    policy_providers: [{ id: 'file', type: 'file', path: join(directory, 'policies.json') }],
    prometheus: { max_input_bytes_per_scrape: 1_048_576, max_output_bytes_per_scrape: 15 },
  }
  await writeFile(path, JSON.stringify(edge))
  const url = await serve(path)
  expect(logged(/worker_count: accepted as a key of Tero Edge, without effect here/)).toBe(1)
  // Until the policies have been read everything passes.
  while ((await scrape(url)) !== 'b 1\n');
})
