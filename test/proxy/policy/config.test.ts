import { describe, expect, test } from '@jest/globals'
import type * as z from 'zod'
import { formatPath } from '../../../proxy/config/problems.ts'
import { inlinePoliciesSchema, policyProvidersSchema, serviceSchema } from '../../../proxy/policy/config.ts'

const FILE = { type: 'file', path: '/etc/edge/policies.json' }
const HTTP = { type: 'http', url: 'https://policies.example/v1/policy/sync' }

function problemsOf(schema: z.ZodType, input: unknown): string[] {
  const issues = schema.safeParse(input).error?.issues ?? []
  return issues.map(({ path, message }) => `${formatPath(path)}: ${message}`)
}

describe('policy_providers', () => {
  test('as Tero Edge documents them', () => {
    const headers = [{ name: 'Authorization', value: 'Bearer 1' }]
    const written = [
      { id: 'local', ...FILE },
      { id: 'tero', ...HTTP, headers, poll_interval_secs: 60 },
    ]
    expect(policyProvidersSchema.parse(written)).toEqual([
      { id: 'local', ...FILE },
      { id: 'tero', ...HTTP, headers, encoding: 'json', pollIntervalMs: 60_000 },
    ])
  })

  test.each([
    [{ poll_interval: 30 }, { pollIntervalMs: 30_000 }],
    [{ poll_interval: '90s' }, { pollIntervalMs: 90_000 }],
    [{ poll_interval_secs: '5' }, { pollIntervalMs: 5000 }],
    [{ content_type: 'protobuf' }, { encoding: 'protobuf' }],
    [{ content_type: 'application/x-protobuf' }, { encoding: 'protobuf' }],
    [{ content_type: 'application/json' }, { encoding: 'json' }],
  ])('%j', (keys, read) => {
    expect(policyProvidersSchema.parse([{ ...HTTP, ...keys }])).toMatchObject([read])
  })

  test('without an interval the server recommends one', () => {
    expect(policyProvidersSchema.parse([HTTP])[0]).not.toHaveProperty('pollIntervalMs')
  })

  test('a provider without an id gets one', () => {
    expect(policyProvidersSchema.parse([FILE, HTTP]).map(({ id }) => id)).toEqual(['file-0', 'http-1'])
  })

  test.each([
    [{}, ': expected a list of policy providers, got {}'],
    [[{ type: 'grpc' }], '[0].type: expected a provider of type "file" (with path) or "http" (with url)'],
    [[{ type: 'file' }], '[0].path: expected the path of a policy file, got nothing'],
    [[{ ...HTTP, url: 'ftp://x' }], '[0].url: expected an http or https URL, got "ftp://x"'],
    [
      [{ ...HTTP, headers: [{ value: 'x' }] }],
      '[0].headers[0].name: expected the name of a header, got nothing',
    ],
    [
      [{ ...HTTP, poll_interval: 0 }],
      '[0].poll_interval: expected a number of seconds or a duration such as 60s, got 0',
    ],
    [
      [{ ...HTTP, content_type: 'xml' }],
      '[0].content_type: expected json, protobuf, application/json or application/x-protobuf, got "xml"',
    ],
    [
      [
        { ...FILE, id: 'a' },
        { ...HTTP, id: 'a' },
      ],
      '[1].id: the id "a" occurs more than once',
    ],
    [
      [{ ...FILE, id: 'inline' }],
      '[0].id: the id "inline" is that of the policies in the configuration itself',
    ],
  ])('%j is refused', (written, problem) => {
    expect(problemsOf(policyProvidersSchema, written)).toEqual([problem])
  })
})

test('policies are a list; each is looked at when it is put to work', () => {
  expect(inlinePoliciesSchema.parse([{ id: 1 }, 7])).toHaveLength(2)
  expect(problemsOf(inlinePoliciesSchema, {})).toEqual([': expected a list of policies, got {}'])
})

test.each([
  ['as Tero Edge writes pairs', [{ key: 'deployment.environment', value: 'production' }]],
  ['as a map', { 'deployment.environment': 'production' }],
])('service, %s', (_, pairs) => {
  const written = {
    name: 'web',
    namespace: 'shop',
    version: '1.0',
    resource_attributes: pairs,
    labels: pairs,
  }
  const map = new Map([['deployment.environment', 'production']])
  expect(serviceSchema.parse(written)).toEqual({
    name: 'web',
    namespace: 'shop',
    version: '1.0',
    instanceId: undefined,
    resourceAttributes: map,
    labels: map,
  })
})
