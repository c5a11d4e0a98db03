// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations refer to the environment
import { expect, test } from '@jest/globals'
import { substituteEnvironment } from '../../../proxy/config/environment.ts'

function substitute(config: Record<string, unknown>, env: Record<string, string> = {}) {
  const problems: string[] = []
  const result = substituteEnvironment(config, env, (path, problem) => problems.push(`${path}: ${problem}`))
  return { result, problems }
}

test('replaces variables anywhere in a string, also several', () => {
  const { result } = substitute({ url: 'http://${HOST}:${PORT}/m' }, { HOST: 'app', PORT: '80' })
  expect(result).toEqual({ url: 'http://app:80/m' })
})

test('reaches into maps and lists, and leaves what is no string', () => {
  const config = { a: [{ b: '${X}' }], n: 1, t: true, z: null }
  expect(substitute(config, { X: 'x' }).result).toEqual({ a: [{ b: 'x' }], n: 1, t: true, z: null })
})

test('an empty variable is set', () => {
  expect(substitute({ a: '<${X}>' }, { X: '' })).toEqual({ result: { a: '<>' }, problems: [] })
})

test.each([
  ['${X:-y}', {}, 'y'],
  ['${X:-y}', { X: '' }, 'y'],
  ['${X:-y}', { X: 'x' }, 'x'],
  ['<${X:-}>', {}, '<>'],
  ['${X:-a:-b}', {}, 'a:-b'],
])('%s with %j is %s', (text, env, expected) => {
  expect(substitute({ a: text }, env)).toEqual({ result: { a: expected }, problems: [] })
})

test('values are not substituted again', () => {
  expect(substitute({ a: '${X}' }, { X: '${Y}' })).toEqual({ result: { a: '${Y}' }, problems: [] })
})

test('$${ is a literal ${', () => {
  expect(substitute({ a: '$${X} and $5 and $$' })).toEqual({
    result: { a: '${X} and $5 and $$' },
    problems: [],
  })
})

test('relabelling rules are taken verbatim: ${1} is theirs', () => {
  const config = {
    metric_relabel_configs: [{ replacement: '${1}' }],
    subsets: [{ metric_relabel_configs: ['${X}'] }],
  }
  expect(substitute(config)).toEqual({ result: config, problems: [] })
})

test('every unset variable is named, with the path of the string that uses it', () => {
  expect(substitute({ a: ['${X}', '${Y}'], b: { c: '${Z}' } }).problems).toEqual([
    'a[0]: the environment variable X is not set',
    'a[1]: the environment variable Y is not set',
    'b.c: the environment variable Z is not set',
  ])
})

test('an unset PORT_ variable is a container port that the pod does not have', () => {
  expect(substitute({ upstream_url: 'http://127.0.0.1:${PORT_HTTP_METRICS}/metrics' }).problems).toEqual([
    'upstream_url: no container port of this pod is named "http-metrics" (the environment variable PORT_HTTP_METRICS is not set)',
  ])
})

test.each(['${}', '${1}', '${A B}', '${OPEN'])('%s is no reference to a variable', text => {
  expect(substitute({ a: text }, { OPEN: 'x' }).problems).toEqual([
    `a: ${JSON.stringify(text)} is not the name of an environment variable; a literal \${ is written $\${`,
  ])
})
