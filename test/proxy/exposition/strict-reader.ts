import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'

/** A sample as a strict reader sees it. */
export interface StrictSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** What follows the series, blanks collapsed. */
  readonly rest: string
}

/** An exposition as a strict reader sees it. */
export interface StrictExposition {
  readonly samples: readonly StrictSample[]
  /** Metadata lines, each as `KEYWORD family`. */
  readonly metadata: readonly string[]
}

/**
 * Reads an exposition character by character, apart from the code that is tested, and throws at the first thing that
 * Prometheus would not take.
 */
export function readStrictly(bytes: Uint8Array, format: ExpositionFormat): StrictExposition {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  return new StrictReader(text, format).read()
}

const VALUE = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const WORDS: Readonly<Record<string, number>> = {
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
  nan: Number.NaN,
}

class StrictReader {
  readonly #text: string
  readonly #openMetrics: boolean
  #at = 0
  readonly #samples: StrictSample[] = []
  readonly #metadata: string[] = []

  constructor(text: string, format: ExpositionFormat) {
    this.#text = text
    this.#openMetrics = format === 'openmetrics'
  }

  read(): StrictExposition {
    let ended = false
    while (this.#at < this.#text.length) {
      if (ended) this.#fail('data after # EOF')
      ended = this.#line()
    }
    if (this.#openMetrics && !ended) this.#fail('no # EOF')
    return { samples: this.#samples, metadata: this.#metadata }
  }

  /** Reads one line; true at the end marker. */
  #line(): boolean {
    this.#blanks()
    if (this.#peek() === '#') return this.#hash()
    if (!this.#openMetrics && (this.#peek() === '\n' || this.#peek() === '')) this.#at++
    else this.#sample()
    return false
  }

  #hash(): boolean {
    const line = this.#until('\n')
    const [, keyword, family, text] =
      /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*)( .*)?$/.exec(line) ?? []
    if (keyword === 'TYPE' && !/^ [a-z]+$/.test(text ?? '')) this.#fail('no type')
    if (keyword !== undefined) this.#metadata.push(`${keyword} ${family}`)
    else if (this.#openMetrics && line !== '# EOF') this.#fail('a comment')
    return this.#openMetrics && line === '# EOF'
  }

  #sample(): void {
    let name = this.#word(/[a-zA-Z0-9_:]/)
    const labels = new Map<string, string>()
    this.#blanks()
    if (this.#peek() === '{') {
      this.#at++
      name = this.#labels(labels, name)
    }
    if (name === '') this.#fail('no name')
    const rest = this.#until('\n').trim()
    const [value = '', ...others] = rest.split(/[ \t]+/)
    if (!this.#openMetrics && (others.length > 1 || !/^\d*$/.test(others[0] ?? '')))
      this.#fail('no timestamp')
    if (this.#openMetrics && !/^(-?[\d.e+]+)?( ?# \{.*\} \S+( \S+)?)?$/.test(others.join(' ')))
      this.#fail('no end')
    const number = VALUE.test(value) ? Number(value) : WORDS[value.toLowerCase()]
    if (number === undefined) this.#fail('no value')
    this.#samples.push({ name, labels, value: number, rest: [value, ...others].join(' ') })
  }

  #labels(labels: Map<string, string>, plainName: string): string {
    let metric = plainName
    for (;;) {
      this.#blanks()
      if (this.#peek() === '}') {
        this.#at++
        return metric
      }
      const quoted = this.#peek() === '"'
      const name = quoted ? this.#quoted() : this.#word(/[a-zA-Z0-9_]/)
      this.#blanks()
      if (quoted && metric === '' && this.#peek() !== '=') metric = name
      else {
        this.#expect('=')
        this.#blanks()
        if (name === '' || labels.has(name)) this.#fail('no new label')
        labels.set(name, this.#quoted())
        this.#blanks()
      }
      if (this.#peek() === ',') this.#at++
      else if (this.#openMetrics && this.#peek() !== '}') this.#fail('no comma')
    }
  }

  #quoted(): string {
    this.#expect('"')
    let value = ''
    for (;;) {
      const character = this.#text[this.#at++]
      if (character === undefined || (this.#openMetrics && character === '\n')) this.#fail('an open quote')
      if (character === '"') return value
      const next = this.#text[this.#at]
      if (character !== '\\' || next === undefined || !'\\"n'.includes(next)) value += character
      else {
        value += next === 'n' ? '\n' : next
        this.#at++
      }
    }
  }

  #blanks(): void {
    while (!this.#openMetrics && (this.#peek() === ' ' || this.#peek() === '\t')) this.#at++
  }

  #word(character: RegExp): string {
    const start = this.#at
    while (character.test(this.#peek())) this.#at++
    return this.#text.slice(start, this.#at)
  }

  /** What precedes this character, which is passed. */
  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#at)
    const found = this.#text.slice(this.#at, at === -1 ? undefined : at)
    this.#at = at === -1 ? this.#text.length : at + 1
    return found
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #expect(character: string): void {
    if (this.#peek() !== character) this.#fail(`no ${character}`)
    this.#at++
  }

  #fail(what: string): never {
    throw new Error(`${what} before ${JSON.stringify(this.#text.slice(this.#at, this.#at + 40))}`)
  }
}

/** Sums by label set, as `{__name__="…", label="…"}`; a series that is repeated counts once. */
export function sumSeries(samples: readonly StrictSample[]): Map<string, number> {
  const seen = new Set<string>()
  const sums = new Map<string, number>()
  for (const { name, labels, value } of samples) {
    const all: [string, string][] = [['__name__', name], ...labels]
    all.sort(([a], [b]) => (a < b ? -1 : 1))
    const series = JSON.stringify(all)
    if (seen.has(series)) continue
    seen.add(series)
    const printed = all.filter(label => label[1] !== '').map(printLabel)
    const key = `{${printed.join(', ')}}`
    sums.set(key, (sums.get(key) ?? 0) + value)
  }
  return sums
}

function printLabel([name, value]: [string, string]): string {
  return `${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`
}
