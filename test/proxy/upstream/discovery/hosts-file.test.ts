import { expect, test } from '@jest/globals'
import { parseHosts } from '../../../../proxy/upstream/discovery/hosts-file.ts'

test('a hosts file has addresses and their names', () =>
  expect([
    ...parseHosts(
      '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1 localhost ip6-localhost\n10.0.0.1 App app.ns # me\nnonsense x\n\n127.0.0.1 localhost\n',
    ),
  ]).toEqual([
    ['localhost', ['127.0.0.1', '::1']],
    ['ip6-localhost', ['::1']],
    ['app', ['10.0.0.1']],
    ['app.ns', ['10.0.0.1']],
  ]))
