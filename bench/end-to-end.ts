import type { ProcessMemory } from './process-usage.ts'
import { median } from './statistics.ts'
import type { Floor, Subject, Transfer } from './subjects.ts'

/** A turn lasts about so long: CPU time is counted in steps of 10 ms. */
const TURN_MS = 500
const TURN_SCRAPES_MAX = 5000

/** What one subject costs for one scrape. Times are milliseconds. */
export interface Costs {
  /** User and system time, the median of the turns. */
  readonly cpuMs: number
  /** From the request to the end of the answer, the median of the turns. */
  readonly wallMs: number
  /** CPU time of the very first scrape. */
  readonly firstCpuMs: number
  /** Size of the answer as it was sent; 0 for what does not answer. */
  readonly outputBytes: number
  readonly memory: ProcessMemory | undefined
  /** How many scrapes were measured. */
  readonly scrapes: number
}

/** What became of one subject. */
export interface EndToEndResult {
  readonly name: string
  readonly transfer: Transfer
  readonly floor: Floor | undefined
  /** Its costs, or why it could not be measured. */
  readonly outcome: Costs | { readonly failure: string }
}

interface Turn {
  readonly cpuMs: number
  readonly wallMs: number
  readonly outputBytes: number
}

/** So many scrapes of one subject; times are for one of them. */
async function turn(subject: Subject, scrapes: number): Promise<Turn> {
  const cpuBefore = subject.cpuMs()
  const wallBefore = performance.now()
  const outputBytes = await subject.scrape(scrapes)
  return {
    wallMs: (performance.now() - wallBefore) / scrapes,
    cpuMs: (subject.cpuMs() - cpuBefore) / scrapes,
    outputBytes,
  }
}

/** How many scrapes fill a turn. */
export function scrapesPerTurn(wallMs: number): number {
  return Math.min(TURN_SCRAPES_MAX, Math.max(1, Math.ceil(TURN_MS / wallMs)))
}

/** Lets a subject compile what it runs; how many scrapes fill a turn then. */
async function warmUp(subject: Subject): Promise<number> {
  const { wallMs } = await turn(subject, 1)
  const scrapes = scrapesPerTurn(wallMs)
  return scrapes === 1 ? scrapes : scrapesPerTurn((await turn(subject, scrapes)).wallMs)
}

/** A subject that is being measured, until it fails. */
interface Course {
  readonly subject: Subject
  readonly turns: Turn[]
  first: Turn | undefined
  scrapesPerTurn: number
  failure: string | undefined
}

/** Goes on with a subject that has not failed. When it does, the others are still measured. */
async function proceed(course: Course, step: () => Promise<void>): Promise<void> {
  if (course.failure !== undefined) return
  try {
    await step()
  } catch (error) {
    course.failure = error instanceof Error ? error.message : String(error)
  }
}

function outcomeOf({ subject, turns, first, scrapesPerTurn, failure }: Course): EndToEndResult['outcome'] {
  if (failure !== undefined) return { failure }
  return {
    cpuMs: median(turns.map(({ cpuMs }) => cpuMs)),
    wallMs: median(turns.map(({ wallMs }) => wallMs)),
    firstCpuMs: first?.cpuMs ?? 0,
    outputBytes: turns.at(-1)?.outputBytes ?? 0,
    memory: subject.memory(),
    scrapes: scrapesPerTurn * turns.length,
  }
}

/** Measures subjects in turn (A B C A B C …), so that what else the machine does meets all of them. */
export async function measureInTurn(
  subjects: readonly Subject[],
  rounds: number,
  progress: (step: string) => void,
): Promise<EndToEndResult[]> {
  const courses = subjects.map(
    (subject): Course => ({ subject, turns: [], first: undefined, scrapesPerTurn: 1, failure: undefined }),
  )
  for (const course of courses) {
    progress(`${course.subject.name}: first scrapes`)
    await proceed(course, async () => {
      course.first = await turn(course.subject, 1)
      course.scrapesPerTurn = await warmUp(course.subject)
    })
  }
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`)
    for (const course of courses)
      await proceed(course, async () => {
        course.turns.push(await turn(course.subject, course.scrapesPerTurn))
      })
  }
  return courses.map(course => {
    const { name, transfer, floor } = course.subject
    return { name, transfer, floor, outcome: outcomeOf(course) }
  })
}
