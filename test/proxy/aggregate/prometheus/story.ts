import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../../../cluster/eventually.ts'
import type { Fleet, Member } from './fleet.ts'
import { type Prometheus, SCRAPE_INTERVAL_MS, type Span } from './prometheus.ts'

/** How far back `rate` looks. */
export const WINDOW_MS = 20_000

/** Worked off at a restart: what a reset that goes unnoticed loses, far more than anybody's scrapes differ by. */
const BACKLOG = 5000

/** By how much Prometheus dates a scrape off, at most, to keep intervals even: --scrape.timestamp-tolerance. */
const DATED_OFF_MS = 2

/** The hosts on which something runs at one time or another: those of `launchFirst`, and the one that comes later. */
export const HOSTS = [1, 2, 3, 4] as const

/** What came about, and when. */
export interface Story {
  /** What is compared lies in this span, and all of it has been scraped. */
  readonly span: Span
  readonly dead: { readonly target: string; readonly span: Span }
}

/** The replicas that have run for long when the story begins: each has counted far more than it will in the story. */
export async function launchFirst(fleet: Fleet): Promise<Record<'steady' | 'restarted' | 'killed', Member>> {
  const agoMs = 1_000_000
  return {
    steady: await fleet.launch(1, { perSecond: 100, inFlight: 3, tellsStart: true }, agoMs),
    restarted: await fleet.launch(2, { perSecond: 120, inFlight: 5, tellsStart: false }, agoMs),
    killed: await fleet.launch(3, { perSecond: 80, inFlight: 7, tellsStart: true }, agoMs),
  }
}

/**
 * Lets the fleet live: a restart that only the fall of the counters shows, a death of some seconds, a replica more, one that
 * is slower than any deadline, and one less.
 * @param now milliseconds since 1970
 */
export async function play(
  fleet: Fleet,
  first: Awaited<ReturnType<typeof launchFirst>>,
  prometheus: Prometheus,
  now: () => number,
): Promise<Story> {
  const { steady, restarted, killed } = first
  const untilSeen = (member: Member, up: readonly number[]) => seen(prometheus, member, up, now)
  for (const member of Object.values(first)) await untilSeen(member, [1, 1])
  // The counters of the aggregate begin at 0, where rate() does not look further back.
  await delay(3000)
  const fromMs = now()
  await delay(WINDOW_MS)

  await fleet.kill(restarted)
  const anew = await fleet.launch(2, { ...restarted.process.traits, backlog: BACKLOG })
  await delay(10_000)

  await fleet.kill(killed)
  const diedAtMs = now()
  await untilSeen(killed, [0, 0])
  await delay(3000)
  // A scrape that begins after this may last until the process is back.
  const dead = {
    target: killed.target,
    span: { fromMs: diedAtMs + DATED_OFF_MS, toMs: now() - SCRAPE_INTERVAL_MS },
  }
  const back = await fleet.launch(3, { ...killed.process.traits, backlog: BACKLOG })
  await untilSeen(back, [1, 1])
  await delay(8000)

  const added = await fleet.launch(4, { perSecond: 60, inFlight: 11, tellsStart: true })
  await untilSeen(added, [1, 1])
  await delay(8000)

  fleet.slowDown(steady)
  await untilSeen(steady, [0, 0])
  await delay(2000)
  fleet.speedUp(steady)
  await untilSeen(steady, [1, 1])
  await delay(8000)

  await fleet.retire(anew)
  // The aggregate no longer speaks of it; the direct job goes on asking.
  await untilSeen(anew, [0])
  await delay(8000)
  const span = { fromMs, toMs: now() }
  await untilAllScraped(prometheus, span.toMs, now)
  return { span, dead }
}

/** Waits until both ways of looking at a target find this: `up` of the direct scrape, and the aggregator's. */
async function seen(
  prometheus: Prometheus,
  { target }: Member,
  up: readonly number[],
  now: () => number,
): Promise<void> {
  const expression = `up{job="direct",instance="${target}"} or metricgate_target_up{job="aggregate",target="${target}"}`
  await eventually(`${target} to be seen as ${up}`, async () => {
    const series = await prometheus.query(expression, now())
    return String(series.flatMap(({ points }) => points.map(({ value }) => value))) === String(up)
  })
}

async function untilAllScraped(prometheus: Prometheus, afterMs: number, now: () => number): Promise<void> {
  await eventually('a scrape of everything', async () => {
    const [oldest] = await prometheus.query('min(timestamp(up))', now())
    return (oldest?.points[0]?.value ?? 0) * 1000 > afterMs
  })
}
