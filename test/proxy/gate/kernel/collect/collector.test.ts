import { describe, expect, test } from '@jest/globals'
import { type SeriesCollector, UNWANTED } from '../../../../../proxy/aggregate/collector.ts'
import { LineCollector } from '../../../../../proxy/aggregate/line-collector.ts'
import { valueIn } from '../../../../../proxy/aggregate/values.ts'
import type { ExpositionFormat } from '../../../../../proxy/exposition/format.ts'
import { KernelCollector } from '../../../../../proxy/gate/kernel/collect/collector.ts'
import { lines } from '../../gate.ts'

/** Numbers series in the order in which they are asked for, and notes their names; `unwanted` ones get none. */
class Registrar {
  readonly asked: string[] = []
  #next = 0

  numberOf({ name }: { readonly name: string }): number {
    this.asked.push(name)
    return name.startsWith('unwanted') ? UNWANTED : this.#next++
  }
}

/** Feeds one scrape. */
function feed(collector: SeriesCollector, registrar: Registrar, body: string): void {
  const collection = collector.open('text', registrar)
  collection.push(Buffer.from(body))
  collection.finish()
  collection.close()
}

/** The values by number that one scrape comes to. */
function collect(
  collector: SeriesCollector,
  registrar: Registrar,
  body: string,
  format: ExpositionFormat = 'text',
): (number | undefined)[] {
  const collection = collector.open(format, registrar)
  try {
    collection.push(Buffer.from(body))
    collection.finish()
    const pages = collection.pages()
    return Array.from({ length: registrar.asked.length }, (_, number) => valueIn(pages, number))
  } finally {
    collection.close()
  }
}

/** A label value that makes a series longer than the kernel remembers. */
const LONG = 'x'.repeat(9000)
const SERIES = ['a 1', 'a{b="1"} 2', `a{b="${LONG}"} 3`, 'h{le="1"} 4', '{"with space"} 5']
const HISTOGRAM = '# TYPE h histogram'

describe.each<[string, () => SeriesCollector]>([
  ['LineCollector', () => new LineCollector(0)],
  ['KernelCollector', () => new KernelCollector(0)],
])('%s', (_, create) => {
  test('asks once for each series, and finds its number again', () => {
    const [collector, registrar] = [create(), new Registrar()]
    expect(collect(collector, registrar, lines(...SERIES))).toEqual([1, 2, 3, 4, 5])
    expect(collect(collector, registrar, lines(...SERIES.toReversed()))).toEqual([1, 2, 3, 4, 5])
    expect(registrar.asked).toEqual(['a', 'a', 'a', 'h', 'with space'])
  })

  test('knows a series by its labels, not by their order or escapes', () => {
    const [collector, registrar] = [create(), new Registrar()]
    expect(collect(collector, registrar, lines('a{b="\\n",c="2"} 1'))).toEqual([1])
    expect(collect(collector, registrar, lines('{c="2", b="\n", "a"} 2'))).toEqual([2])
  })

  test('tells series apart by what is a number in them', () => {
    const [collector, registrar] = [create(), new Registrar()]
    const body = lines('h{le="1"} 1', HISTOGRAM, 'h{le="1"} 2', '# TYPE x gauge', 'h{le="1"} 3')
    expect(collect(collector, registrar, body)).toEqual([1, 2])
    expect(collect(collector, registrar, lines(HISTOGRAM, 'h{le="1"} 4'))).toEqual([undefined, 4])
    expect(collect(collector, registrar, lines('h{le="1"} 5'))).toEqual([5, undefined])
  })

  test('has series of its own for each format', () => {
    const [collector, registrar] = [create(), new Registrar()]
    expect(collect(collector, registrar, lines('a 1'))).toEqual([1])
    expect(collect(collector, registrar, lines('a 2', '# EOF'), 'openmetrics')).toEqual([undefined, 2])
    expect(collect(collector, registrar, lines('a 3'))).toEqual([3, undefined])
  })

  test('takes numbers that lie far apart', () => {
    const collector = create()
    const registrar = {
      asked: ['a', 'b'],
      numberOf: ({ name }: { name: string }) => (name === 'a' ? 0 : 2_000_000),
    }
    const collection = collector.open('text', registrar)
    collection.push(Buffer.from(lines('a 1', 'b 2')))
    collection.finish()
    expect([0, 1, 2_000_000, 2_000_001].map(number => valueIn(collection.pages(), number))).toEqual([
      1,
      undefined,
      2,
      undefined,
    ])
    collection.close()
  })

  test('forgets the series whose number is not used, and asks for them again', () => {
    const [collector, registrar] = [create(), new Registrar()]
    const body = lines('h{le="1"} 1', HISTOGRAM, ...SERIES)
    collect(collector, registrar, body)
    const before = registrar.asked.length
    collector.forget(number => number % 2 === 0)
    collect(collector, registrar, body)
    expect(registrar.asked).toHaveLength(before + Math.floor(before / 2))
  })

  test.each<[ExpositionFormat, string[], [number, string][]]>([
    [
      'text',
      ['a 1 10', 'b 2', 'a 3 20', 'c 4 0', 'unwanted 5 30'],
      [
        [0, ' 10'],
        [2, ' 0'],
      ],
    ],
    [
      'openmetrics',
      ['a 1 1.5', 'b 2', 'a 3 2.5', 'c 4 # {x="y"} 1', '# EOF'],
      [
        [0, ' 1.5'],
        [2, ' # {x="y"} 1'],
      ],
    ],
  ])('keeps timestamps and exemplars, of a repeated series the first: %s', (format, body, expected) => {
    const [collector, registrar] = [create(), new Registrar()]
    for (let times = 0; times < 2; times++) {
      const collection = collector.open(format, registrar)
      collection.push(Buffer.from(lines(...body)))
      collection.finish()
      expect([...collection.extras()]).toEqual(expected)
      collection.close()
    }
  })

  test('what no output wants has no number', () => {
    const [collector, registrar] = [create(), new Registrar()]
    const collection = collector.open('text', registrar)
    collection.push(Buffer.from(lines('unwanted 1', 'a 2', 'unwanted 3')))
    expect(collection.stats).toMatchObject({ samplesIn: 3, unwantedSamples: 2, duplicateSamples: 0 })
    expect(registrar.asked).toEqual(['unwanted', 'a'])
    collection.close()
  })
})

describe('the memory of the kernel', () => {
  const many = lines(...Array.from({ length: 5000 }, (_, i) => `a{b="${i}"} ${i}`))

  test('is given back when a scrape ends, is closed before, or fails', () => {
    const [collector, registrar] = [new KernelCollector(0), new Registrar()]
    collect(collector, registrar, many)
    const { heldBytes } = collector
    for (let i = 0; i < 20; i++) {
      const collection = collector.open('text', registrar)
      collection.push(Buffer.from(many))
      if (i % 3 === 0) expect(() => collection.push(Buffer.from('odd line\n'))).toThrow('odd line')
      if (i % 3 === 1) collection.finish()
      collection.close()
      collection.close()
    }
    expect(collector.heldBytes).toBe(heldBytes)
  })

  test('does not grow with unwanted series without end', () => {
    const [collector, registrar] = [new KernelCollector(0, 1000), new Registrar()]
    const unwanted = (from: number) =>
      lines(...Array.from({ length: 500 }, (_, i) => `unwanted{b="${from + i}"} 1`))
    for (let round = 0; round < 50; round++) feed(collector, registrar, unwanted(500 * round))
    const { heldBytes } = collector
    for (let round = 50; round < 100; round++) feed(collector, registrar, unwanted(500 * round))
    expect(collector.heldBytes).toBe(heldBytes)
    collector.forget(() => true)
    const asked = registrar.asked.length
    for (let times = 0; times < 2; times++) feed(collector, registrar, unwanted(0))
    expect(registrar.asked.length - asked).toBe(500)
  })
})
