import { expect, test } from '@jest/globals'
import { nodeUnavailable } from './index.ts'

const ready = { platform: 'linux', isRoot: true, missing: [], canInstall: false }
const lacking = { ...ready, missing: ['containerd', 'nftables'] }

test.each([
  ['another system than Linux', { ...ready, platform: 'darwin' }, 'a node needs Linux, and this is darwin'],
  ['a user who is not root', { ...ready, isRoot: false }, /^a node needs root: /],
  [
    'programs that are missing',
    lacking,
    'a node needs containerd, nftables; on Debian: apt-get install --no-install-recommends containerd nftables',
  ],
])('no node runs with %s', (_, machine, reason) => {
  expect(nodeUnavailable(machine)).toMatch(reason)
})

test.each([
  ['all is there', ready],
  ['what is missing can be installed', { ...lacking, canInstall: true }],
])('a node runs where %s', (_, machine) => {
  expect(nodeUnavailable(machine)).toBeUndefined()
})
