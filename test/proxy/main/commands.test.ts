// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations refer to the environment
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { run, start } from './program.ts'

const EXPOSITION = `# HELP requests Requests.
# TYPE requests counter
requests{path="/a",code="200"} 1
requests{path="/b",code="200"} 2
requests{path="/b",code="500"} 4
up 1
`
const RULES = `metric_relabel_configs:
- action: labeldrop
  regex: path
errors:
- action: keep
  source_labels: [code]
  regex: 5..
`

let directory: string
const file = (name: string) => join(directory, name)

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-commands-'))
  await writeFile(file('metrics.txt'), EXPOSITION)
  await writeFile(file('rules.yaml'), RULES)
  await writeFile(
    file('config.yaml'),
    `upstream_url: http://127.0.0.1:\${PORT_HTTP}/metrics\nworker_count: 1\n${RULES.split('errors')[0]}`,
  )
  await writeFile(file('bad.yaml'), 'upstream_ulr: x\nlisten_port: http\n')
})

afterAll(() => rm(directory, { recursive: true }))

describe('filter', () => {
  test('applies rules to standard input', async () => {
    expect(await run(['filter', '--relabel-file', file('rules.yaml')], EXPOSITION)).toEqual({
      code: 0,
      stdout:
        '# HELP requests Requests.\n# TYPE requests counter\nrequests{code="200"} 3\nrequests{code="500"} 4\nup 1\n',
      stderr: '',
    })
  })

  test('prints a subset of a file', async () => {
    const { stdout } = await run([
      'filter',
      file('metrics.txt'),
      '--relabel-file',
      file('rules.yaml'),
      '--subset',
      'errors',
    ])
    expect(stdout).toBe(
      '# HELP requests Requests.\n# TYPE requests counter\nrequests{path="/b",code="500"} 4\n',
    )
  })

  test('takes the rules of a configuration, whose upstream does not matter', async () => {
    const { code, stdout } = await run(['filter', '--config', file('config.yaml')], 'a{path="x"} 1\n')
    expect([code, stdout]).toEqual([0, 'a 1\n'])
  })

  test('reads OpenMetrics where that is said', async () => {
    const args = [
      'filter',
      '--relabel',
      '- action: labeldrop\n  regex: path',
      '--content-type',
      'application/openmetrics-text',
    ]
    expect((await run(args, 'a{path="x"} 1 # {id="7"} 1\n# EOF\n')).stdout).toMatch(/^a 1.*\n# EOF\n$/)
  })

  test('says what it passed on although it is malformed', async () => {
    const { stdout, stderr } = await run(['filter', '--relabel-file', file('rules.yaml')], 'a{\n')
    expect([stdout, stderr]).toEqual(['a{\n', 'warning: 1 malformed lines were passed on as they are\n'])
  })

  test('warns of rules that will surprise', async () => {
    const { stderr } = await run([
      'filter',
      '--relabel',
      '[{ action: drop, source_labels: [job], regex: x }]',
    ])
    expect(stderr).toMatch(/^warning: metric_relabel_configs\[0\]: drop reads job/)
  })

  test.each([
    [['nowhere.txt'], 1, /no such file/],
    [['--relabel-file', 'nowhere.yaml'], 1, /nowhere\.yaml\)\n {2}there is no such file/],
    [['--relabel', 'x: ['], 1, /the configuration is not valid \(--relabel\)/],
    [['--subset', 'x'], 2, /--subset: expected one of the subsets \(there are none\), got "x"/],
    [['--content-type', 'text/html'], 2, /--content-type: expected text\/plain or/],
  ])('%j ends with %d and the reason', async (args, expected, reason) => {
    const { code, stdout, stderr } = await run(['filter', ...args])
    expect([code, stdout, stderr]).toEqual([expected, '', expect.stringMatching(reason)])
  })
})

describe('analyze', () => {
  const REPORT = '\n3 requests\n  2 code [200, 500]\n  2 path [/a, /b]\n\n1 up\n'

  test.each([[['--file']], [['-f']], [['analyze']]])('%j prints the report of a file', async args => {
    expect(await run([...args, file('metrics.txt')])).toEqual({ code: 0, stdout: REPORT, stderr: '' })
  })

  test('reads standard input, and prints JSON', async () => {
    const { stdout } = await run(['analyze', '--format', 'json'], EXPOSITION)
    expect(JSON.parse(stdout)).toMatchObject({ series: 4, malformedLines: 0 })
  })

  test('of a file that is not there ends with 1', async () => {
    const { code, stderr } = await run(['--file', 'nowhere.txt'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere.txt')])
  })
})

test('explain shows what each rule of each output does to a series', async () => {
  const args = ['explain', 'requests{path="/a",code="200"}', '--relabel-file', file('rules.yaml')]
  expect((await run(args)).stdout).toBe(`/metrics
  [0] labeldrop  regex: "path"
      makes it requests{code="200"}
  = requests{code="200"}
  merged with equal ones by sum (by its name, as long as no TYPE says otherwise)
/metrics/errors
  [0] keep  source_labels: [code]  regex: "5.."
      drops it
  = dropped
`)
})

describe('check', () => {
  test('says that a configuration is valid, and what it does not do', async () => {
    expect(await run(['check', file('config.yaml')], '', { PORT_HTTP: '80' })).toEqual({
      code: 0,
      stdout:
        'warning: worker_count: accepted as a key of Tero Edge, without effect here\n' +
        'valid: upstream http://127.0.0.1/metrics, rules: 1, subsets: none\n' +
        'merging: counters by sum, gauges by sum\n',
      stderr: '',
    })
  })

  test('lists all that is wrong with one', async () => {
    expect(await run(['check', file('bad.yaml')])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metricgate-proxy: the configuration is not valid (${file('bad.yaml')})
  listen_port: expected a port number from 0 to 65535, got "http"
  upstream_ulr: unknown key; did you mean upstream_url?
  upstream_url: missing: expected the address of the application's metrics, such as http://127.0.0.1:10254/metrics
`,
    })
  })
})

test.each([['--version'], ['-v']])('%s prints the version', async flag => {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(await run([flag])).toEqual({
    code: 0,
    stdout: `metricgate-proxy ${version}\n`,
    stderr: '',
  })
})

test('--help lists the options', async () => {
  const { code, stdout } = await run(['--help'])
  expect(code).toBe(0)
  for (const option of [
    '--upstream',
    '--relabel',
    '--relabel-file',
    '--port',
    '--scrape-timeout',
    '--file',
    '--wait-for-config',
  ])
    expect(stdout).toContain(option)
})

test('a command line that cannot be understood ends with 2 and a hint', async () => {
  expect(await run(['--prot', '1'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'metricgate-proxy: unknown option --prot; did you mean --port?\nSee metricgate-proxy --help\n',
  })
})

test.each([['--help'], ['analyze'], ['filter']])(
  '%s ends well when nobody reads on, as with head',
  async command => {
    const path = file('many.txt')
    await writeFile(path, Array.from({ length: 50_000 }, (_, index) => `m${index} 1\n`).join(''))
    const program = start([command, path])
    program.process.stdout?.destroy()
    expect([await program.ended, program.stderr()]).toEqual([0, ''])
  },
)
