import type { Random } from '../random.ts'

/** Which scrape of an application is meant. */
export interface Moment {
  /** Number of the scrape, from 0: counters have moved on so many times. */
  readonly scrape: number
  /** Whether 1 % of the entities (paths, pods) have been replaced by new ones since the first scrape. */
  readonly churn: boolean
}

/** Of so many entities one is replaced in a scrape with churn. */
const CHURN_ENTITIES = 100

/** What an entity's name ends in: '' for one that was there from the first scrape on. */
export function generation({ scrape, churn }: Moment, entity: number): string {
  return churn && entity % CHURN_ENTITIES === scrape % CHURN_ENTITIES ? `-v${scrape}` : ''
}

/**
 * The value of a counter, which moves on by up to a tenth of `size` from scrape to scrape. It takes the same numbers from
 * `random` in each scrape, so that all values depend on the seed only.
 */
export function counter(random: Random, { scrape }: Moment, size: number): number {
  const start = Math.floor(random() * size)
  const step = Math.floor((random() * size) / 10)
  return start + step * scrape
}

/** The value of a gauge between 0 and `size`, which is another one in each scrape. */
export function gauge(random: Random, { scrape }: Moment, size: number): number {
  return ((random() + scrape * random()) % 1) * size
}

/** A number as Go's client library prints it: strconv.FormatFloat(value, 'g', -1, 64), for finite values. */
export function printGo(value: number): string {
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** The metadata of a family, as Go's client library prints it. */
export function metadata(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

/** A line without its value: `name{labels} `. */
export function series(name: string, labels: string): string {
  return labels === '' ? `${name} ` : `${name}{${labels}} `
}

/** Bounds of a histogram with twelve finite buckets. */
export const SECONDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30']
export const BYTES = [
  '10',
  '100',
  '1000',
  '5000',
  '10000',
  '50000',
  '100000',
  '500000',
  '1e+06',
  '5e+06',
  '1e+07',
  '1e+08',
]

/** All lines of one classic histogram: its buckets with `+Inf`, sum and count. */
export function histogram(
  name: string,
  labels: string,
  bounds: readonly string[],
  random: Random,
  moment: Moment,
): string {
  let text = ''
  let count = 0
  let sum = 0
  for (const bound of [...bounds, '+Inf']) {
    const observed = counter(random, moment, 1000)
    count += observed
    sum += observed * (bound === '+Inf' ? 2 * Number(bounds.at(-1)) : Number(bound)) * random()
    text += `${series(`${name}_bucket`, `${labels},le="${bound}"`)}${printGo(count)}\n`
  }
  text += `${series(`${name}_sum`, labels)}${printGo(sum)}\n`
  text += `${series(`${name}_count`, labels)}${printGo(count)}\n`
  return text
}
