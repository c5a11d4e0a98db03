import { describe, expect, test } from '@jest/globals'
import { Settling } from '../../../../operator/webhook/certificates/settling.ts'
import { ManualClock } from '../../controller/support/clocks.ts'

function start(): { clock: ManualClock; settling: Settling; told: () => number } {
  const clock = new ManualClock()
  let told = 0
  const settling = new Settling({
    clock,
    graceMs: 1_000,
    onSettled: () => {
      told += 1
    },
  })
  return { clock, settling, told: () => told }
}

describe('what is observed', () => {
  test('has settled after the grace time, and that is told once', async () => {
    const { clock, settling, told } = start()
    settling.observe(['a'])
    await clock.advance(999)
    expect([settling.isSettled('a'), told()]).toEqual([false, 0])
    settling.observe(['a'])
    await clock.advance(1)
    expect([settling.isSettled('a'), told()]).toEqual([true, 1])
    settling.observe(['a'])
    await clock.advance(5_000)
    expect([settling.isSettled('a'), told()]).toEqual([true, 1])
  })

  test('begins anew after a break', async () => {
    const { clock, settling } = start()
    settling.observe(['a', 'b'])
    await clock.advance(999)
    settling.observe(['b'])
    settling.observe(['a', 'b'])
    await clock.advance(999)
    expect(['a', 'b'].map(id => settling.isSettled(id))).toEqual([false, true])
    settling.observe(['a'])
    settling.observe(['a', 'b'])
    expect(settling.isSettled('b')).toBe(false)
  })

  test('leaves no timer behind when nothing is there any more', () => {
    const { clock, settling } = start()
    settling.observe(['a', 'b'])
    settling.observe([])
    expect(clock.pending).toBe(0)
  })
})
