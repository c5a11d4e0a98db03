import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type RunResult, WorkQueue } from '../../../operator/kubernetes/work-queue.ts'
import { ManualClock, settle } from '../controller/support/clocks.ts'

/** A queue whose runs the test ends. */
function queue(concurrency = 2) {
  const clock = new ManualClock()
  const started: string[] = []
  const failures: string[] = []
  const waits: number[] = []
  const runs = new Map<string, PromiseWithResolvers<RunResult>>()
  const work = new WorkQueue({
    run: key => {
      if (runs.has(key)) throw new Error(`BUG: ${key} runs twice at a time`)
      started.push(key)
      const run = Promise.withResolvers<RunResult>()
      runs.set(key, run)
      return run.promise
    },
    concurrency,
    backoff: { baseMs: 100, maxMs: 1000 },
    clock,
    random: () => 1,
    onStart: waitedMs => waits.push(waitedMs),
    onFailure: (key, error, retryMs) => failures.push(`${key} ${(error as Error).message} ${retryMs}`),
  })
  const end = async (key: string, outcome: RunResult | Error = {}): Promise<void> => {
    const run = runs.get(key)
    runs.delete(key)
    if (outcome instanceof Error) run?.reject(outcome)
    else run?.resolve(outcome)
    await settle()
  }
  return { clock, started, failures, waits, runs, work, end }
}

describe('adding', () => {
  test('a key that waits is there once', async () => {
    const { work, started, end } = queue(1)
    for (const key of ['a', 'b', 'b', 'b']) work.add(key)
    expect(work.depth).toBe(1)
    await settle()
    await end('a')
    await end('b')
    expect(started).toEqual(['a', 'b'])
  })

  test('a key that is added while it runs runs once more, afterwards', async () => {
    const { work, started, end } = queue()
    work.add('a')
    await settle()
    work.add('a')
    work.add('a')
    await settle()
    expect(started).toEqual(['a'])
    await end('a')
    await end('a')
    expect(started).toEqual(['a', 'a'])
  })

  test('no more keys run at a time than allowed', async () => {
    const { work, started, end } = queue(2)
    for (const key of ['a', 'b', 'c']) work.add(key)
    await settle()
    expect(started).toEqual(['a', 'b'])
    await end('b')
    expect(started).toEqual(['a', 'b', 'c'])
  })

  test('how long a key waits counts from when it was added, also while it ran', async () => {
    const { work, clock, waits, end } = queue(1)
    for (const key of ['a', 'b']) work.add(key)
    await clock.advance(40)
    work.add('a')
    await clock.advance(10)
    await end('a')
    await clock.advance(5)
    await end('b')
    expect(waits).toEqual([0, 50, 15])
  })

  test('nothing runs within the call', () => {
    const { work, started } = queue()
    work.add('a')
    expect(started).toEqual([])
  })
})

describe('adding later', () => {
  test('the key runs at its time, not before', async () => {
    const { work, started, clock } = queue()
    work.addAfter('a', 500)
    await clock.advance(499)
    expect(started).toEqual([])
    await clock.advance(1)
    expect(started).toEqual(['a'])
  })

  test.each([
    { first: 500, second: 200, atMs: 200 },
    { first: 200, second: 500, atMs: 200 },
  ])('of two times ($first, $second) the earlier counts, once', async ({ first, second, atMs }) => {
    const { work, started, clock, end } = queue()
    work.addAfter('a', first)
    work.addAfter('a', second)
    await clock.advance(atMs)
    expect(started).toEqual(['a'])
    await end('a')
    await clock.advance(1000)
    expect(started).toEqual(['a'])
  })

  test('a key that is added at once needs its timer no more', async () => {
    const { work, started, clock, end } = queue()
    work.addAfter('a', 500)
    work.add('a')
    await settle()
    await end('a')
    await clock.advance(1000)
    expect(started).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  test('a run may ask to be repeated', async () => {
    const { work, started, clock, end } = queue()
    work.add('a')
    await settle()
    await end('a', { requeueAfterMs: 300 })
    await clock.advance(300)
    expect(started).toEqual(['a', 'a'])
  })
})

describe('adding without hurry', () => {
  const pace = { gatherMs: 100, restMs: 1000, betweenMs: 10 }

  test('the key runs when what happens to it was gathered for a while', async () => {
    const { work, started, clock } = queue()
    work.addPaced('a', pace)
    await clock.advance(99)
    work.addPaced('a', pace)
    expect(started).toEqual([])
    await clock.advance(1)
    expect(started).toEqual(['a'])
  })

  test('many keys at once come one by one', async () => {
    const { work, started, clock } = queue(4)
    for (const key of ['a', 'b', 'c']) work.addPaced(key, pace)
    await clock.advance(100)
    expect(started).toEqual(['a'])
    await clock.advance(10)
    expect(started).toEqual(['a', 'b'])
    await clock.advance(10)
    expect(started).toEqual(['a', 'b', 'c'])
  })

  test('a key that goes on changing comes again after its rest, while others come', async () => {
    const { work, started, clock, end } = queue()
    work.addPaced('a', pace)
    await clock.advance(100)
    await end('a')
    work.addPaced('a', pace)
    work.addPaced('b', pace)
    await clock.advance(999)
    expect(started).toEqual(['a', 'b'])
    await clock.advance(1)
    expect(started).toEqual(['a', 'b', 'a'])
  })

  test('a key that has rested comes as soon as the first time', async () => {
    const { work, started, clock, end } = queue()
    work.addPaced('a', pace)
    await clock.advance(2000)
    await end('a')
    work.addPaced('a', pace)
    await clock.advance(100)
    expect(started).toEqual(['a', 'a'])
  })

  test('turns that are reserved count as depth', async () => {
    const { work, clock } = queue(4)
    for (const key of ['a', 'b', 'c']) work.addPaced(key, pace)
    expect(work.depth).toBe(0)
    await clock.advance(100)
    expect(work.depth).toBe(2)
  })

  test('what is due earlier comes at its time, however many wait for their turn', async () => {
    const { work, started, clock } = queue(200)
    for (let other = 0; other < 100; other++) work.addPaced(`${other}`, pace)
    work.addPaced('a', pace)
    work.addAfter('a', 300)
    await clock.advance(300)
    expect(started.filter(key => key === 'a')).toHaveLength(1)
    await clock.advance(2000)
    expect(started.filter(key => key === 'a')).toHaveLength(1)
  })

  test('a retry does not come before its time', async () => {
    const { work, started, clock, end } = queue()
    work.add('a')
    await settle()
    await end('a', Object.assign(new Error('busy'), { retryAfterMs: 60_000 }))
    work.addPaced('a', pace)
    await clock.advance(59_999)
    expect(started).toEqual(['a'])
    await clock.advance(1)
    expect(started).toEqual(['a', 'a'])
  })

  test('a turn that was not needed brings no rest', async () => {
    const { work, started, clock, end } = queue()
    for (const key of ['b', 'a']) work.addPaced(key, pace)
    await clock.advance(105)
    work.add('a')
    await settle()
    await end('a')
    work.addPaced('a', pace)
    await clock.advance(100)
    expect(started).toEqual(['b', 'a', 'a'])
  })

  test('a key that rests is not kept from what is urgent', async () => {
    const { work, started, clock, end } = queue()
    work.addPaced('a', pace)
    await clock.advance(100)
    await end('a')
    work.addPaced('a', pace)
    work.add('a')
    await settle()
    expect(started).toEqual(['a', 'a'])
  })
})

describe('failures', () => {
  test('are repeated with growing, bounded delays', async () => {
    const { work, clock, end, failures } = queue()
    work.add('a')
    await settle()
    for (const delayMs of [100, 200, 400, 800, 1000, 1000]) {
      await end('a', new Error('no'))
      await clock.advance(delayMs)
    }
    expect(failures).toEqual([100, 200, 400, 800, 1000, 1000].map(delayMs => `a no ${delayMs}`))
  })

  test('a success starts the delays anew', async () => {
    const { work, clock, end, failures } = queue()
    work.add('a')
    await settle()
    await end('a', new Error('no'))
    await clock.advance(100)
    await end('a')
    work.add('a')
    await settle()
    await end('a', new Error('no'))
    expect(failures).toEqual(['a no 100', 'a no 100'])
  })

  test('the wait that an error asks for is kept', async () => {
    const { work, end, failures } = queue()
    work.add('a')
    await settle()
    await end('a', Object.assign(new Error('slow down'), { retryAfterMs: 5000 }))
    expect(failures).toEqual(['a slow down 5000'])
  })

  test('a key that fails does not hold up others', async () => {
    const { work, started, end } = queue(1)
    work.add('a')
    work.add('b')
    await settle()
    await end('a', new Error('no'))
    expect(started).toEqual(['a', 'b'])
  })

  test('a change ends the wait', async () => {
    const { work, started, end } = queue()
    work.add('a')
    await settle()
    await end('a', new Error('no'))
    work.add('a')
    await settle()
    expect(started).toEqual(['a', 'a'])
  })
})

describe('stop', () => {
  test('waits for what runs, and drops what waits', async () => {
    const { work, started, clock, end } = queue(1)
    for (const key of ['a', 'b']) work.add(key)
    work.addAfter('c', 100)
    work.addPaced('e', { gatherMs: 0, restMs: 1000, betweenMs: 10 })
    await clock.advance(0)
    work.addPaced('e', { gatherMs: 0, restMs: 1000, betweenMs: 10 })
    await settle()
    let stopped = false
    const stopping = work.stop().then(() => {
      stopped = true
    })
    await settle()
    expect(stopped).toBe(false)
    await end('a', new Error('no'))
    await stopping
    work.add('d')
    await clock.advance(10_000)
    expect(started).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })
})

describe('whatever happens', () => {
  type Queue = ReturnType<typeof queue>
  type Step = { owes?: string; take: (on: Queue) => unknown }
  const key = fc.constantFrom('a', 'b', 'c', 'd')
  const step: fc.Arbitrary<Step> = fc.oneof(
    key.map(owes => ({ owes, take: ({ work }: Queue) => work.add(owes) })),
    fc
      .tuple(key, fc.nat(300))
      .map(([owes, ms]) => ({ owes, take: ({ work }: Queue) => work.addAfter(owes, ms) })),
    fc
      .tuple(key, fc.record({ gatherMs: fc.nat(300), restMs: fc.nat(900), betweenMs: fc.nat(50) }))
      .map(([owes, pace]) => ({ owes, take: ({ work }: Queue) => work.addPaced(owes, pace) })),
    key.map(ends => ({ take: ({ end }: Queue) => end(ends) })),
    key.map(fails => ({ take: ({ end }: Queue) => end(fails, new Error('no')) })),
    fc.nat(500).map(ms => ({ take: ({ clock }: Queue) => clock.advance(ms) })),
  )
  const scenario = fc.tuple(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }))

  test('every key that was added runs afterwards, none twice at a time, and no more than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ([steps, concurrency]) => {
        const on = queue(concurrency)
        const startsBefore = new Map<string, number>()
        for (const { owes, take } of steps) {
          if (owes !== undefined) startsBefore.set(owes, on.started.length)
          await take(on)
          await settle()
          expect(on.runs.size).toBeLessThanOrEqual(concurrency)
        }
        await drain(on)
        for (const [key, starts] of startsBefore) expect(on.started.slice(starts)).toContain(key)
        expect([on.work.depth, on.work.running, on.work.delayed]).toEqual([0, 0, 0])
      }),
    )
  })

  async function drain({ clock, runs, end }: Queue): Promise<void> {
    for (let round = 0; round < 20; round++) {
      await clock.advance(1000)
      for (const running of [...runs.keys()]) await end(running)
    }
  }
})
