import fc from 'fast-check'
import type { ExpositionFormat } from '../../../../proxy/exposition/format.ts'

/** Expositions as applications might have them, and as none should. */

const labelName = fc.constantFrom('b', 'c', 'le', 'quantile', 'path', 'x_1', '"d.e"')
const labelValue = fc.oneof(
  fc.constantFrom(
    '',
    '1',
    '1.0',
    '+Inf',
    'x',
    'żółć',
    '\\"',
    '\\\\',
    '\\n',
    '}{',
    '# x',
    '} 1',
    '"}',
    'a,b="c"',
  ),
  fc.constantFrom('a\nb', '\xff', ' ', '\\q', '/api/v1/a/rather/long/path/that/takes/some/blocks'),
  fc.integer({ min: 0, max: 20 }).map(String),
)
const label = fc.tuple(labelName, labelValue)
const labels = fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 4 })
const metric = fc.constantFrom(
  ...['a', 'b', 'h_bucket', 'h_sum', 'h_count', 'h_created', 's', 's_sum', 'c_total', 'c_created', 'ab:c'],
  ...['i_info', 'b_start_time_seconds'],
)

const plainSeries = fc.tuple(metric, labels).map(([name, all]) => {
  const list = all.map(([key, value]) => `${key}="${value}"`).join(',')
  return list === '' ? name : `${name}{${list}}`
})
const oddSeries = fc
  .tuple(metric, labels, fc.constantFrom(' ', '\t', ''), fc.constantFrom(',', ', ', ' '), fc.boolean())
  .map(([name, all, blank, separator, isInside]) => {
    const list = all.map(([key, value]) => `${key}${blank}=${blank}"${value}"`).reverse()
    const inside = isInside ? [`"${name}"`, ...list] : list
    return `${isInside ? '' : name}${blank}{${blank}${inside.join(separator)}${separator}}`
  })
const series = fc.oneof({ weight: 6, arbitrary: plainSeries }, oddSeries)

const number = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 100000 }).map(String) },
  { weight: 2, arbitrary: fc.double().map(String) },
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 21n }), fc.integer({ min: -40, max: 40 }))
    .map(([m, e]) => `${m}e${e}`),
  fc.constantFrom(
    '-0',
    '+Inf',
    '-Inf',
    'Inf',
    'NaN',
    'nan',
    '+1',
    '1.',
    '.5',
    '0.1',
    '1.2e+06',
    '1E3',
    '-1.5',
  ),
  fc.constantFrom('0x10', '1_0', '1e', '', '.', '+', '1e999', 'x', '1,5', '00000000000000000000000.5', '--1'),
)
const timestamp = fc.constantFrom(
  ' 1395066363000',
  ' 0',
  ' -1',
  ' 007',
  ' 1.5',
  ' 99999999999999999999',
  '\t12',
  ' 1 ',
)
const exemplar = fc.constantFrom(
  ' # {}',
  ' # {trace="x"} 1',
  ' # {trace="x"} 0.50 1.5',
  ' # {t="ż"} 1',
  ' # {t=} 1',
)
const suffix = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 3, arbitrary: timestamp },
  exemplar,
  fc.tuple(timestamp, exemplar).map(parts => parts.join('')),
  fc.constantFrom('\r', ' ', '  '),
)
const gap = fc.oneof({ weight: 12, arbitrary: fc.constant(' ') }, fc.constantFrom('', '  ', '\t'))
const sample = fc.tuple(series, gap, number, suffix).map(parts => parts.join(''))

const metadata = fc.constantFrom(
  '# TYPE h histogram',
  '# TYPE h summary',
  '# TYPE s summary',
  '# TYPE a gauge',
  '# TYPE c counter',
  '# TYPE h_sum gauge',
  '# TYPE i info',
  '# TYPE b stateset',
  '# TYPE h gaugehistogram',
  '# HELP b B.',
  '# HELP a A\\n.',
  '# HELP h_sum S.',
  '# UNIT a a',
  '# TYPE a x',
)
const other = fc.constantFrom(
  '',
  '# x',
  '#',
  '  ',
  ' a 1',
  'x',
  'a{b="',
  'b"} 1',
  'é',
  '\0',
  '# EOF',
  'a{} {} 1',
)

/** Lines that most expositions of a session share, so that they repeat. */
const line = fc.oneof(
  { weight: 10, arbitrary: sample },
  { weight: 3, arbitrary: metadata },
  { weight: 1, arbitrary: other },
)

/** What most applications have: few metrics, plain series, metadata before them. */
const usualLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('a', 'h_bucket', 'h_sum'),
        fc.constantFrom('', '1', '2', '10'),
        fc.constantFrom('', '1', '2.5', '+Inf'),
        fc.oneof({ weight: 5, arbitrary: fc.nat(1000) }, fc.constantFrom('NaN', '+Inf', '-Inf')),
      )
      .map(([name, path, bound, value]) => {
        const labels = [path === '' ? '' : `path="${path}"`, bound === '' ? '' : `le="${bound}"`]
        const list = labels.filter(label => label !== '').join(',')
        return `${name}${list === '' ? '' : `{${list}}`} ${value}`
      }),
  },
  fc.constantFrom(
    '# TYPE h histogram',
    '# TYPE h summary',
    '# TYPE h_sum gauge',
    '# TYPE a gauge',
    '# HELP a A.',
  ),
)

/** A body, in the chunks in which it comes. Bytes are Latin-1 of what is said here, so that not all is valid UTF-8. */
export interface Body {
  readonly lines: readonly string[]
  readonly chunkBytes: readonly number[]
}

/** The expositions of an application over time: lines stay, go, come, and change their order. */
export const bodies: fc.Arbitrary<readonly Body[]> = fc
  .constantFrom(line, usualLine)
  .chain(lineOf =>
    fc
      .array(lineOf, { minLength: 1, maxLength: 12 })
      .chain(shared => fc.array(bodyFrom(shared, lineOf), { minLength: 1, maxLength: 10 })),
  )

function bodyFrom(shared: readonly string[], lineOf: fc.Arbitrary<string>): fc.Arbitrary<Body> {
  const same = fc.constant([...shared])
  const some = fc.subarray([...shared])
  const shuffled = fc.shuffledSubarray([...shared, ...shared])
  const moved = fc
    .tuple(some, fc.array(fc.nat(99), { minLength: 12, maxLength: 12 }))
    .map(([kept, values]) => kept.map((text, i) => text.replace(/ \d+$/, ` ${values[i]}`)))
  const churned = fc
    .tuple(some, fc.array(lineOf, { maxLength: 4 }))
    .map(([kept, fresh]) => [...kept, ...fresh])
  return fc.record({
    lines: fc.oneof(same, moved, some, shuffled, churned),
    chunkBytes: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }),
  })
}

/** The bytes of a body. */
export function bytesOf({ lines }: Body, format: ExpositionFormat, hasEnd: boolean): Buffer {
  const all = [...lines, ...(format === 'openmetrics' ? ['# EOF'] : [])]
  const text = all.join('\n') + (hasEnd ? '\n' : '')
  // 'ż' and the like are meant as UTF-8, '\xff' as that byte.
  return Buffer.concat(
    [...text].map(character => Buffer.from(character, character === '\xff' ? 'latin1' : 'utf8')),
  )
}

export const format = fc.constantFrom<ExpositionFormat>('text', 'openmetrics')
