import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Broadcast } from '../../../proxy/server/broadcast.ts'
import { ClientGoneError, SlowClientError } from '../../../proxy/server/errors.ts'

/** A source that counts what was taken from it, and can be made to wait or to fail. */
function sourceOf(slices: number, fail?: Error) {
  const state = { taken: 0, ended: false }
  async function* generate(): AsyncGenerator<Uint8Array, string, undefined> {
    try {
      for (; state.taken < slices; state.taken++) yield Buffer.from([state.taken])
      if (fail !== undefined) throw fail
      return 'result'
    } finally {
      state.ended = true
    }
  }
  return { state, generate }
}

/** What was told of ends: whether nobody was left. */
let ends: boolean[]
/** The slices that were told to be free, by their bytes. */
let free: number[]

beforeEach(() => {
  ends = []
  free = []
})

/** What may be done with a slice that is free. */
function reuse(slice: Uint8Array): void {
  free.push(...slice)
  slice.fill(255)
}

const LIVES = new AbortController().signal

function broadcast(
  generate: () => AsyncGenerator<Uint8Array, string, undefined>,
  windowBytes = 4,
  graceMs = 3_600_000,
): Broadcast<string> {
  return new Broadcast(
    generate(),
    { windowBytes, graceMs },
    { onEnd: isAbandoned => ends.push(isAbandoned), onFree: reuse },
  )
}

async function readAll(reader: AsyncGenerator<Uint8Array, string, undefined>): Promise<[number[], string]> {
  const bytes: number[] = []
  for (;;) {
    const step = await reader.next()
    if (step.done) return [bytes, step.value]
    bytes.push(...step.value)
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('readers', () => {
  test('all get everything, and the result', async () => {
    const { generate, state } = sourceOf(10)
    const shared = broadcast(generate)
    const readers = [shared.read(LIVES), shared.read(LIVES)]
    expect(await Promise.all(readers.map(readAll))).toEqual([
      [upTo(10), 'result'],
      [upTo(10), 'result'],
    ])
    expect([state.ended, ends]).toEqual([true, [false]])
  })

  test('can join until the first slice has gone, which is when the window is full', async () => {
    const shared = broadcast(sourceOf(10).generate)
    const first = shared.read(LIVES)
    for (let slice = 0; slice < 3; slice++) await first.next()
    expect(shared.isWhole).toBe(true)
    const second = shared.read(LIVES)
    const rest = readAll(first)
    expect(await readAll(second)).toEqual([upTo(10), 'result'])
    expect((await rest)[0]).toEqual(upTo(10).slice(3))
  })

  test('cannot later', async () => {
    const shared = broadcast(sourceOf(10).generate)
    const first = shared.read(LIVES)
    for (let slice = 0; slice < 5; slice++) await first.next()
    expect(shared.isWhole).toBe(false)
  })

  test('have done with a slice when they ask for the next one: it is free when all have', async () => {
    const shared = broadcast(sourceOf(10).generate, 1)
    const [one, other] = [shared.read(LIVES), shared.read(LIVES)]
    await one.next()
    await other.next()
    const next = one.next()
    expect(free).toEqual([])
    await other.next()
    expect(free).toEqual([0])
    await next
    for (const reader of [one, other]) await reader.return('')
  })

  test('that leave in the middle of a slice may still send it: then none is told to be free', async () => {
    const shared = broadcast(sourceOf(10).generate, 1)
    const [leaver, stayer] = [shared.read(LIVES), shared.read(LIVES)]
    await leaver.next()
    await leaver.return('')
    expect((await readAll(stayer))[0]).toEqual(upTo(10))
    expect(free).toEqual([])
  })

  test('get the error of the source, each of them', async () => {
    const shared = broadcast(sourceOf(2, new Error('broke off')).generate)
    const readers = [shared.read(LIVES), shared.read(LIVES)].map(reader => readAll(reader))
    expect(await Promise.allSettled(readers)).toMatchObject([
      { status: 'rejected', reason: { message: 'broke off' } },
      { status: 'rejected', reason: { message: 'broke off' } },
    ])
  })
})

describe('the source', () => {
  test('is read no further than the only reader reads', async () => {
    const { generate, state } = sourceOf(10)
    const reader = broadcast(generate).read(LIVES)
    await reader.next()
    await reader.next()
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    expect(state.taken).toBe(1)
  })

  test('waits for a reader who is behind by more than the window', async () => {
    const { generate, state } = sourceOf(10)
    const shared = broadcast(generate)
    const slow = shared.read(LIVES)
    const fast = readAll(shared.read(LIVES))
    await slow.next()
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    expect(state.taken).toBeLessThan(6)
    expect((await readAll(slow))[0]).toEqual(upTo(10).slice(1))
    expect((await fast)[0]).toEqual(upTo(10))
  })

  test('ends when the last reader has left, in the middle of a slice too', async () => {
    async function* endless(): AsyncGenerator<Uint8Array, string, undefined> {
      await new Promise(() => undefined)
      yield Buffer.of()
      return ''
    }
    const shared = broadcast(endless)
    const controllers = [new AbortController(), new AbortController()]
    const readers = controllers.map(({ signal }) => readAll(shared.read(signal)))
    controllers[0]?.abort(new ClientGoneError())
    await expect(readers[0]).rejects.toBeInstanceOf(ClientGoneError)
    expect(ends).toEqual([])
    controllers[1]?.abort(new ClientGoneError())
    await expect(readers[1]).rejects.toBeInstanceOf(ClientGoneError)
    expect([ends, shared.isOver]).toEqual([[true], true])
  })

  test('goes on when one of two readers has left', async () => {
    const { generate, state } = sourceOf(10)
    const shared = broadcast(generate)
    const leaver = shared.read(LIVES)
    const stayer = shared.read(LIVES)
    await leaver.next()
    await leaver.return('')
    expect((await readAll(stayer))[0]).toEqual(upTo(10))
    expect([state.ended, ends]).toEqual([true, [false]])
  })
})

describe('a reader who holds up another', () => {
  test('is cut off when its grace is over, and the other gets everything', async () => {
    const shared = broadcast(sourceOf(10).generate, 4, 1)
    const slow = shared.read(LIVES)
    await slow.next()
    expect((await readAll(shared.read(LIVES)))[0]).toEqual(upTo(10))
    await expect(slow.next()).rejects.toBeInstanceOf(SlowClientError)
  })

  test('may be as slow as it likes when nobody else reads', async () => {
    const shared = broadcast(sourceOf(10).generate, 1, 1)
    const reader = shared.read(LIVES)
    const bytes: number[] = []
    for (let step = await reader.next(); !step.done; step = await reader.next()) {
      bytes.push(...step.value)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    expect(bytes).toEqual(upTo(10))
  })
})

/** What a reader does: pauses before its slices and while it has them, in turns of the event loop, and when it leaves. */
const plans = fc.record({
  pauses: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
  leavesAfter: fc.option(fc.nat(30)),
})

async function follow(
  reader: AsyncGenerator<Uint8Array, string, undefined>,
  { pauses, leavesAfter }: { pauses: readonly number[]; leavesAfter: number | null },
): Promise<number[] | 'left'> {
  const bytes: number[] = []
  for (;;) {
    for (let turn = pauses[bytes.length] ?? 0; turn > 0; turn--) await setImmediate()
    if (bytes.length === leavesAfter) {
      await reader.return('')
      return 'left'
    }
    const step = await reader.next()
    if (step.done) return bytes
    for (let turn = pauses[bytes.length] ?? 0; turn > 0; turn--) await setImmediate()
    bytes.push(...step.value)
  }
}

test('whoever waits or leaves when: those who stay get everything, in order, and the source ends', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(plans, { minLength: 1, maxLength: 5 }),
      async (slices, windowBytes, readers) => {
        const shared = broadcast(sourceOf(slices).generate, windowBytes)
        const joined = readers.map(plan => ({ plan, reader: shared.read(LIVES) }))
        const followed = joined.map(({ plan, reader }) => follow(reader, plan))
        for (const bytes of await Promise.all(followed))
          if (bytes !== 'left') expect(bytes).toEqual(upTo(slices))
        expect(shared.isOver).toBe(true)
      },
    ),
    { numRuns: 200 },
  ))

describe('one who wants the result alone', () => {
  test('can come at any time before the end', async () => {
    const shared = broadcast(sourceOf(10).generate)
    const reader = shared.read(LIVES)
    for (let slice = 0; slice < 6; slice++) await reader.next()
    const result = shared.result(LIVES)
    await readAll(reader)
    expect(await result).toBe('result')
  })

  test('keeps the source going alone', async () => {
    expect(await broadcast(sourceOf(10).generate).result(LIVES)).toBe('result')
  })
})
