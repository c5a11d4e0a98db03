import { expect, test } from '@jest/globals'
import type { Leaf } from '../../../../operator/webhook/certificates/material.ts'
import { Replica } from '../../../../operator/webhook/certificates/replica.ts'
import { CERTIFICATE_LIFETIMES } from '../../../../operator/webhook/limits.ts'
import { ManualClock } from '../../controller/support/clocks.ts'
import { authority, leaf, material } from './facts.ts'

const clock = new ManualClock()
const A = authority('A', clock.now(), CERTIFICATE_LIFETIMES)
const a = leaf('a', A, clock.now(), CERTIFICATE_LIFETIMES)
const withIntermediate = { ...a, certificate: 'a, intermediate' }

test.each<[string, Leaf, Leaf[]]>([
  ['is not served again', { ...a }, [a]],
  ['is served again when others follow it now', withIntermediate, [a, withIntermediate]],
])('a certificate that comes again %s', async (_title, again, expected) => {
  const served: Leaf[] = []
  const replica = new Replica({
    clock,
    lifetimes: CERTIFICATE_LIFETIMES,
    serve: one => served.push(one),
    onSettled: () => undefined,
  })
  replica.observe(material([A], a), [A])
  await clock.advance(CERTIFICATE_LIFETIMES.graceMs)
  replica.observe(material([A], again), [A])
  replica.stop()
  expect(served).toEqual(expected)
})
