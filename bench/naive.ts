import type { Rule } from './workloads.ts'

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g

/**
 * The baseline: what one writes first. Lines are split, samples are matched with regular expressions, and a Map adds up
 * what became equal. It does not know timestamps, exemplars, what is malformed, or which metadata is still needed.
 */
export class NaiveScrape {
  readonly #keep: RegExp | undefined
  readonly #labelDrop: RegExp | undefined
  /** Sums by series; metadata lines are among them, without one. */
  readonly #output = new Map<string, number | undefined>()
  #rest = ''

  constructor(rules: readonly Rule[]) {
    const anchored = (action: Rule['action']): RegExp | undefined => {
      const rule = rules.find(candidate => candidate.action === action)
      return rule && new RegExp(`^(?:${rule.regex})$`)
    }
    this.#keep = anchored('keep')
    this.#labelDrop = anchored('labeldrop')
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  /** The output, when all has been pushed. */
  finish(): string {
    const lines: string[] = []
    for (const [series, sum] of this.#output) lines.push(sum === undefined ? series : `${series} ${sum}`)
    return `${lines.join('\n')}\n`
  }

  #line(line: string): void {
    if (line.startsWith('#')) {
      this.#output.set(line, undefined)
      return
    }
    const sample = SAMPLE.exec(line)
    const name = sample?.[1] ?? ''
    if (sample === null || this.#keep?.test(name) === false) return
    const series = `${name}{${this.#labels(sample[2] ?? '')}}`
    this.#output.set(series, (this.#output.get(series) ?? 0) + Number(sample[3]))
  }

  #labels(block: string): string {
    const labels: string[] = []
    for (const [label, name = ''] of block.matchAll(LABEL)) {
      if (this.#labelDrop?.test(name) !== true) labels.push(label)
    }
    return labels.join(',')
  }
}
