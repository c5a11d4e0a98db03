import { describe, expect, test } from '@jest/globals'
import { type Answer, INTERVAL_MS, Rounds, START_MS } from './rounds.ts'

const secondsOf = (round: number) => START_MS / 1000 + (round * INTERVAL_MS) / 1000
/** An exposition of a process that started so many rounds after the first one. */
const started = (round: number, ...lines: string[]) => [
  `process_start_time_seconds ${secondsOf(round)}`,
  ...lines,
]

/** The counter `a_total` of the output in each round; undefined where it is not there. */
function sums(...answers: Readonly<Record<string, Answer>>[]): (number | undefined)[] {
  const rounds = new Rounds({ rules: [{ action: 'labeldrop', regex: 'path' }] })
  return answers.map(targets => rounds.round(targets).values.get('a_total'))
}

describe('the sum of increases', () => {
  test.each<[string, readonly Readonly<Record<string, Answer>>[], readonly (number | undefined)[]]>([
    [
      'begins at 0, whatever the targets have counted before',
      [{ x: ['a_total 100'], y: ['a_total 7'] }],
      [0],
    ],
    [
      'rises by what counters rise by',
      [
        { x: ['a_total 100'], y: ['a_total 7'] },
        { x: ['a_total 101'], y: ['a_total 9'] },
      ],
      [0, 3],
    ],
    [
      'rises by the whole value of a counter that fell: it began anew',
      [{ x: ['a_total 100'] }, { x: ['a_total 3'] }, { x: ['a_total 5'] }],
      [0, 3, 5],
    ],
    [
      'takes a new process by its start, when it has counted further than the old one',
      [{ x: started(-9, 'a_total 5') }, { x: started(0.5, 'a_total 8') }],
      [0, 8],
    ],
    [
      'stays while a target does not answer, and catches up when it does',
      [
        { x: ['a_total 5'], y: ['a_total 1'] },
        { x: 'no answer', y: ['a_total 2'] },
        { x: 'no answer', y: ['a_total 2'] },
        { x: ['a_total 9'], y: ['a_total 2'] },
      ],
      [0, 1, 1, 5],
    ],
    [
      'stays when a target leaves',
      [{ x: ['a_total 5'], y: ['a_total 1'] }, { x: ['a_total 7'], y: ['a_total 1'] }, { y: ['a_total 2'] }],
      [0, 2, 3],
    ],
    [
      'goes on when a target flaps',
      [{ x: ['a_total 5'], y: ['b 1'] }, { y: ['b 1'] }, { x: ['a_total 8'], y: ['b 1'] }],
      [0, 0, 3],
    ],
    [
      'does not rise by what a new target counted, unless it is known to have just started',
      [
        { x: ['a_total 5'] },
        { x: ['a_total 5'], y: ['a_total 50'] },
        { x: ['a_total 5'], y: ['a_total 51'] },
      ],
      [0, 0, 1],
    ],
    [
      'rises by what a new target counted since it started, after the last round',
      [{ x: ['a_total 5'] }, { x: ['a_total 5'], y: started(0.5, 'a_total 50') }],
      [0, 50],
    ],
    [
      'rises by what a new target counted since it started, though it did not answer at first',
      [
        { x: ['a_total 5'] },
        { x: ['a_total 5'], y: 'no answer' },
        { x: ['a_total 5'], y: 'no answer' },
        { x: ['a_total 5'], y: started(0.5, 'a_total 50') },
      ],
      [0, 0, 0, 50],
    ],
    [
      'does not rise by what a target counted while it was not in the list, though it was before',
      [
        { x: ['a_total 5'] },
        { x: ['a_total 5'], y: 'no answer' },
        { x: ['a_total 5'] },
        { x: ['a_total 5'], y: started(1.5, 'a_total 50') },
      ],
      [0, 0, 0, 0],
    ],
    [
      'does not rise by what a process has counted at another address',
      [{ x: started(-9, 'a_total 50') }, { y: started(-9, 'a_total 60') }, { y: started(-9, 'a_total 61') }],
      [0, 0, 1],
    ],
    [
      'rises by the whole value of a series that is new on a target that is known',
      [{ x: ['a_total{path="1"} 5'] }, { x: ['a_total{path="1"} 5', 'a_total{path="2"} 3'] }],
      [0, 3],
    ],
    [
      'stays when a series vanishes, and takes it for the same when it comes back',
      [
        { x: ['a_total{path="1"} 5', 'a_total{path="2"} 3'] },
        { x: ['a_total{path="1"} 6'] },
        { x: ['a_total{path="1"} 6', 'a_total{path="2"} 4'] },
        { x: ['a_total{path="1"} 6', 'a_total{path="2"} 1'] },
      ],
      [0, 1, 2, 3],
    ],
    [
      'does not rise by values below 0',
      [{ x: ['a_total 5'] }, { x: ['a_total -3'] }, { x: ['a_total -1'] }],
      [0, 0, 2],
    ],
    [
      'takes no process for another because several tell their start',
      [
        { x: ['process_start_time_seconds{of="1"} 1', 'process_start_time_seconds{of="2"} 20', 'a_total 5'] },
        {
          x: ['process_start_time_seconds{of="2"} 20', 'process_start_time_seconds{of="3"} 30', 'a_total 8'],
        },
      ],
      [0, 3],
    ],
  ])('%s', (_, answers, expected) => {
    expect(sums(...answers)).toEqual(expected)
  })
})

test('what a counter of a new target says about when it was created counts as the start of its process does', () => {
  const counters = (created: number) => [
    '# TYPE a counter',
    'a_total{x="old"} 50',
    `a_created{x="old"} ${secondsOf(-9)}`,
    'a_total{x="new"} 7',
    `a_created{x="new"} ${secondsOf(created)}`,
    '# EOF',
  ]
  const rounds = new Rounds()
  rounds.round({ x: ['# TYPE a counter', '# EOF'] })
  const { values } = rounds.round({ y: counters(0.5) })
  expect([values.get('a_total{x="old"}'), values.get('a_total{x="new"}')]).toEqual([0, 7])
})

test('a new aggregator begins at 0, also with targets that have just started: its counters are new ones', () => {
  expect(sums({ x: started(-0.1, 'a_total 5') })).toEqual([0])
})

test('a start of the process that rules drop is seen all the same', () => {
  const rounds = new Rounds({ rules: [{ action: 'keep', source_labels: ['__name__'], regex: 'a_total' }] })
  rounds.round({ x: started(-9, 'a_total 5') })
  const { text, stats } = rounds.round({ x: started(0.5, 'a_total 8') })
  expect(text).toBe('a_total 8\n')
  expect(stats).toMatchObject({ startedProcesses: 1, unprovenProcesses: 0, resets: 0 })
})

test('the order in which targets answer does not matter, not even to the last bit', () => {
  const first = { x: ['a_sum 0.1', 'g 0.1'], y: ['a_sum 0.2', 'g 0.2'], z: ['a_sum 0.3', 'g 0.3'] }
  const then = { x: ['a_sum 0.2', 'g 0.1'], y: ['a_sum 0.5', 'g 0.2'], z: ['a_sum 1.3', 'g 0.3'] }
  const reversed = (targets: Readonly<Record<string, Answer>>) =>
    Object.fromEntries(Object.entries(targets).reverse())
  const texts = [first, reversed(first)].map(answers => {
    const rounds = new Rounds()
    rounds.round(answers)
    return [then, reversed(then)].map(answer => rounds.round(answer).text)
  })
  expect(new Set(texts.flat()).size).toBe(1)
})
