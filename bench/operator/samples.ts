/** One line of an exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** The samples of one metric in the text format of Prometheus. */
export function samplesOf(text: string, metric: string): Sample[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .map(line => {
      const end = line.lastIndexOf('}') + 1 || metric.length
      const labels = Object.fromEntries(
        [...line.slice(0, end).matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]),
      )
      return { labels, value: Number(line.slice(end).trim().split(' ')[0]) }
    })
}

/** The sum of the samples that have these labels. */
export function sumOf(samples: readonly Sample[], wanted: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter(({ labels }) => Object.entries(wanted).every(([name, value]) => labels[name] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

/** Sums by what `keyOf` says of the labels; samples of which it says nothing are left out. */
export function sumsBy(
  samples: readonly Sample[],
  keyOf: (labels: Sample['labels']) => string | undefined,
): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { labels, value } of samples) {
    const key = keyOf(labels)
    if (key !== undefined) sums[key] = (sums[key] ?? 0) + value
  }
  return sums
}

/** By how much each sum has grown; what has not grown is left out. */
export function growth(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const grown = Object.entries(after).map(([key, value]): [string, number] => [
    key,
    value - (before[key] ?? 0),
  ])
  return Object.fromEntries(grown.filter(([, value]) => value !== 0).sort(([, a], [, b]) => b - a))
}
