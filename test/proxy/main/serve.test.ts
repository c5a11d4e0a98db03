import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Application, startApplication } from '../upstream/application.ts'
import { type Program, run, start } from './program.ts'

let directory: string
let config: string
let application: Application
let program: Program | undefined
let answer: () => Promise<void> | void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-serve-'))
  config = join(directory, 'config.yaml')
  answer = () => undefined
  application = await startApplication(async (_, response) => {
    await answer()
    response.setHeader('content-type', 'text/plain; version=0.0.4').end('a{path="/x"} 1\na{path="/y"} 2\n')
  })
})

afterEach(async () => {
  program?.process.kill('SIGKILL')
  await program?.ended
  program = undefined
  await application.stop()
  await rm(directory, { recursive: true })
})

const upstream = () => `http://127.0.0.1:${application.port}/metrics`
const dropPath = () =>
  `upstream_url: ${upstream()}\nmetric_relabel_configs: [{ action: labeldrop, regex: path }]\n`

/** Starts to serve on a free port, and answers with it. */
async function serve(...args: string[]): Promise<number> {
  program = start([...args, '--port', '0', '--listen-address', '127.0.0.1'])
  const [, port] = await program.outputMatching(/"port":(\d+)\}\],"msg":"listening"/)
  return Number(port)
}

async function fetchText(port: number, path: string): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return [response.status, await response.text()]
}

test('the forerunner’s command line serves filtered metrics', async () => {
  const port = await serve('-H', upstream(), '--relabel=\n  - action: labeldrop\n    regex: path\n')
  expect(await fetchText(port, '/metrics')).toEqual([200, 'a 3\n'])
})

test('what a name resolves to is scraped with the resolver of the system', async () => {
  const port = await serve('-H', `dns+http://localhost:${application.port}/metrics`)
  const [status, text] = await fetchText(port, '/metrics')
  expect([status, text]).toEqual([200, expect.stringMatching(/^a\{path="\/x"\} 1\na\{path="\/y"\} 2\n/)])
  expect(text).toContain(`metricgate_target_up{target="127.0.0.1:${application.port}"} 1\n`)
})

test('several upstreams are one scrape', async () => {
  const port = await serve('-H', `${upstream()}/1`, '-H', `${upstream()}/2`)
  expect((await fetchText(port, '/metrics'))[1]).toContain('a{path="/x"} 2\na{path="/y"} 4\n')
})

test('a configuration file does, and is read again when it changes', async () => {
  await writeFile(config, dropPath())
  const port = await serve(config)
  expect(await fetchText(port, '/metrics')).toEqual([200, 'a 3\n'])
  await writeFile(config, `upstream_url: ${upstream()}\nmetric_relabel_configs: [{ action: drop }]\n`)
  await program?.outputMatching(/configuration at work[\s\S]*configuration at work/)
  expect(await fetchText(port, '/metrics')).toEqual([200, ''])
})

test('another address in the file is for the next start, and that is said', async () => {
  await writeFile(config, `listen_address: 127.0.0.1\n${dropPath()}`)
  program = start([config, '--port', '0'])
  await program.outputMatching(/listening/)
  await writeFile(config, `listen_address: 0.0.0.0\n${dropPath()}`)
  await program.outputMatching(/listen_address or listen_port changed: takes effect at the next start/)
})

test('--wait-for-config: 503 with the reason until the file comes, then it serves', async () => {
  const port = await serve(config, '--wait-for-config')
  expect(await fetchText(port, '/metrics')).toEqual([503, `${config}: there is no such file\n`])
  await writeFile(config, 'upstream_url: [')
  await program?.outputMatching(/configuration refused[\s\S]*configuration refused/)
  expect(await fetchText(port, '/metrics')).toEqual([503, expect.stringMatching(/at line 1, column \d+\n$/)])
  await writeFile(config, dropPath())
  await program?.outputMatching(/configuration at work/)
  expect(await fetchText(port, '/metrics')).toEqual([200, 'a 3\n'])
})

test('without it, a configuration that is missing or bad ends the program with the reason', async () => {
  expect(await run([config])).toEqual({
    code: 1,
    stdout: '',
    stderr: `metricgate-proxy: the configuration is not valid (${config})\n  there is no such file\n`,
  })
})

test('a port that is taken ends the program with the reason', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, stderr } = await run(['--port', String(port), '--listen-address', '127.0.0.1'])
  other.close()
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`EADDRINUSE: address already in use 127.0.0.1:${port}`),
  ])
})

test('SIGTERM lets a scrape in flight finish, then ends the program', async () => {
  await writeFile(config, dropPath())
  const port = await serve(config)
  let finish = (): void => undefined
  const begun = new Promise<void>(resolve => {
    answer = () => {
      resolve()
      return new Promise(resume => (finish = resume))
    }
  })
  const scrape = fetchText(port, '/metrics')
  await begun
  program?.process.kill('SIGTERM')
  await program?.outputMatching(/stopping/)
  finish()
  expect(await scrape).toEqual([200, 'a 3\n'])
  expect(await program?.ended).toBe(0)
})
