import fc from 'fast-check'

const ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
]
const CASE_ACTIONS = ['lowercase', 'uppercase', 'KeepEqual', 'HashMod', 'LabelDrop', 'Uppercase']

/** Rules of every action with any set of fields: often with the default value, often without a needed one. */
export const anyRule = fc.record(
  {
    action: fc.constantFrom(...ACTIONS, ...CASE_ACTIONS),
    sourceLabels: fc.constantFrom([], ['a'], ['a', 'b']),
    separator: fc.constantFrom(';', ',', ''),
    regex: fc.constantFrom('(.*)', 'a.+', ''),
    modulus: fc.constantFrom(0, 1, 16),
    targetLabel: fc.constantFrom('', 'a', '$1', '$1_x'),
    replacement: fc.constantFrom('$1', '', 'x'),
  },
  { requiredKeys: [] },
)
