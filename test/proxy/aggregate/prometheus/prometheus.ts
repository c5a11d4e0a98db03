import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { ensureBinaries } from '../../../cluster/assets/binaries.ts'
import { ADDONS } from '../../../cluster/assets/sets.ts'
import { freePort } from '../../../cluster/process/free-port.ts'
import { untilReady } from '../../../cluster/process/ready.ts'
import { Supervisor } from '../../../cluster/process/supervision.ts'

/** How often Prometheus scrapes, and how long a scrape may take at most. */
export const SCRAPE_INTERVAL_MS = 1000

/** What a series was at some time; milliseconds since 1970. */
export interface Point {
  readonly atMs: number
  readonly value: number
}

/** One series of an answer. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly Point[]
}

/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** A Prometheus that runs. Its queries reject with its answer when that is an error. */
export interface Prometheus {
  /** What an expression is at a time, or which samples a range selector holds then. */
  query(expression: string, atMs: number): Promise<Series[]>
  /** What an expression is at every full interval of a span. */
  queryRange(expression: string, span: Span): Promise<Series[]>
  stop(): Promise<void>
}

// Prometheus writes infinities as +Inf and -Inf, and times in seconds.
const pointSchema = z
  .tuple([z.number(), z.string()])
  .transform(([at, value]): Point => ({ atMs: at * 1000, value: Number(value.replace('Inf', 'Infinity')) }))
const labels = z.record(z.string(), z.string())
const seriesSchema = z.union([
  z
    .object({ metric: labels, value: pointSchema })
    .transform(({ metric, value }) => ({ labels: metric, points: [value] })),
  z
    .object({ metric: labels, values: z.array(pointSchema) })
    .transform(({ metric, values }) => ({ labels: metric, points: values })),
])
const answerSchema = z.object({ data: z.object({ result: z.array(seriesSchema) }) })

/**
 * Starts the real Prometheus, with data of its own that go with it.
 * @param jobs what it scrapes: addresses by the name of a job
 * @throws ClusterError when it cannot be built or does not start
 */
export async function startPrometheus(
  jobs: Readonly<Record<string, readonly string[]>>,
): Promise<Prometheus> {
  const report = (line: string) => void process.stderr.write(`${line}\n`)
  const binaries = await ensureBinaries({ environment: process.env, report }, ADDONS)
  const supervisor = await Supervisor.start()
  try {
    const config = join(supervisor.directory, 'prometheus.yml')
    await writeFile(config, JSON.stringify(configOf(jobs)))
    const address = `127.0.0.1:${await freePort()}`
    const program = await supervisor.spawn('prometheus', join(binaries, 'prometheus'), [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(supervisor.directory, 'data')}`,
      `--web.listen-address=${address}`,
    ])
    const url = `http://${address}`
    await untilReady(program, 'Prometheus', async () => (await fetch(`${url}/-/ready`)).ok)
    return { ...clientOf(url), stop: () => supervisor.stop() }
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

function configOf(jobs: Readonly<Record<string, readonly string[]>>) {
  const every = `${SCRAPE_INTERVAL_MS}ms`
  return {
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: Object.entries(jobs).map(([name, targets]) => ({
      job_name: name,
      static_configs: [{ targets }],
    })),
  }
}

function clientOf(url: string): Pick<Prometheus, 'query' | 'queryRange'> {
  const ask = async (path: string, parameters: Record<string, string>): Promise<Series[]> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    if (!response.ok)
      throw new Error(
        `Prometheus answered ${response.status} to ${parameters.query}: ${await response.text()}`,
      )
    return answerSchema.parse(await response.json()).data.result
  }
  const seconds = (ms: number) => String(ms / 1000)
  return {
    query: (query, atMs) => ask('query', { query, time: seconds(atMs) }),
    queryRange: (query, { fromMs, toMs }) =>
      ask('query_range', {
        query,
        start: seconds(fromMs),
        end: seconds(toMs),
        step: seconds(SCRAPE_INTERVAL_MS),
      }),
  }
}
