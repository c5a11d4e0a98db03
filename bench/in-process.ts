import { bodyOf, countLines, shuffleSamples } from './body.ts'
import type { Implementation, OpenRules } from './implementations.ts'
import { copySlices, newlineCounter } from './in-process-floors.ts'
import { chunksOf, cpuMsOf } from './measure.ts'
import { randomFrom } from './random.ts'
import { median } from './statistics.ts'
import { linesOf, SEED, type Workload } from './workloads.ts'

/** A measurement takes at least so many lines, by repetition. */
const LINES_MIN = 300_000
const ROUNDS_MAX = 3

/** What one implementation costs for bytes that are in memory already: CPU nanoseconds for each line of the input. */
export interface InProcessResult {
  readonly name: string
  /** All series are new. */
  readonly firstNs: number
  /** The series of the scrape before, in the same order. */
  readonly steadyNs: number
  /** As steady, but 1 % of the series are new. */
  readonly churnNs: number
  /** As steady, but the samples of each family come in another random order. */
  readonly shuffledNs: number
}

/** What it costs to touch the bytes at all, in CPU nanoseconds for each line. */
export interface InProcessFloors {
  readonly newlineCountNs: number
  readonly copyNs: number
}

/** What is measured in process about one workload. */
export interface InProcess {
  readonly results: readonly InProcessResult[]
  readonly floors: InProcessFloors
}

interface Contender {
  readonly name: string
  readonly open: () => OpenRules
  readonly times: Record<'first' | 'steady' | 'churn' | 'shuffled', number[]>
}

interface Floor {
  readonly work: () => void
  readonly times: number[]
}

/** One round of one contender: new series, then the same ones with other values, with 1 % new ones, and shuffled. */
function round(
  { open, times }: Contender,
  bodies: Readonly<Record<'first' | 'moved' | 'churned' | 'mixed', Buffer>>,
): void {
  const rules = open()
  const scrape = (body: Buffer) => (): void => {
    rules.scrape(chunksOf(body))
  }
  times.first.push(cpuMsOf(scrape(bodies.first)))
  // The second scrape may still arrange what the first one left.
  scrape(bodies.first)()
  times.steady.push(cpuMsOf(scrape(bodies.moved)))
  times.churn.push(cpuMsOf(scrape(bodies.churned)))
  times.shuffled.push(cpuMsOf(scrape(bodies.mixed)))
}

/** Prepares the floors for a body. */
async function floorsOf(body: Buffer, lines: number): Promise<{ newlines: Floor; copy: Floor }> {
  const newlines = await newlineCounter(body)
  if (newlines() !== lines) throw new Error('BUG: the newline count is wrong')
  return { newlines: { work: newlines, times: [] }, copy: { work: () => copySlices(body), times: [] } }
}

function contendersOf(workload: Workload, implementations: readonly Implementation[]): Contender[] {
  return implementations.flatMap(({ name, open }) =>
    Object.entries(workload.rules).map(([rules, configs]) => ({
      name: `${name} ${rules}`,
      open: () => open(configs),
      times: { first: [], steady: [], churn: [], shuffled: [] },
    })),
  )
}

/** Measures implementations with each of a workload's rules, in turn. */
export async function measureInProcess(
  workload: Workload,
  implementations: readonly Implementation[],
  rounds: number,
  progress: (step: string) => void,
): Promise<InProcess> {
  const first = bodyOf(linesOf(workload, { scrape: 0, churn: false }))
  const moved = bodyOf(linesOf(workload, { scrape: 1, churn: false }))
  const lines = countLines(first)
  const repetitions = Math.ceil(LINES_MIN / lines)
  const floors = await floorsOf(first, lines)
  const contenders = contendersOf(workload, implementations)
  for (let turn = 1; turn <= Math.min(rounds, ROUNDS_MAX); turn++) {
    const churned = bodyOf(linesOf(workload, { scrape: 1 + turn, churn: true }))
    const mixed = shuffleSamples(moved, randomFrom(SEED + turn))
    for (const { work, times } of Object.values(floors))
      for (let time = 0; time < repetitions; time++) times.push(cpuMsOf(work))
    for (const contender of contenders) {
      progress(`in process, round ${turn}: ${contender.name}`)
      for (let time = 0; time < repetitions; time++) round(contender, { first, moved, churned, mixed })
    }
  }
  const nsPerLine = (times: readonly number[]): number => (median(times) * 1e6) / lines
  return {
    floors: { newlineCountNs: nsPerLine(floors.newlines.times), copyNs: nsPerLine(floors.copy.times) },
    results: contenders.map(({ name, times }) => ({
      name,
      firstNs: nsPerLine(times.first),
      steadyNs: nsPerLine(times.steady),
      churnNs: nsPerLine(times.churn),
      shuffledNs: nsPerLine(times.shuffled),
    })),
  }
}
