import { describe, expect, test } from '@jest/globals'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { renameMetadata } from '../../../proxy/exposition/metadata.ts'
import { parseLine } from '../../../proxy/exposition/parse.ts'

function kind(line: string, format: ExpositionFormat): string {
  const parsed = parseLine(Buffer.from(line).toString('latin1'), format)
  return parsed.kind === 'metadata'
    ? JSON.stringify([parsed.keyword, parsed.family, parsed.text])
    : parsed.kind
}

describe('the text format', () => {
  test.each([
    ['# HELP a Some help.\n', '["HELP","a","Some help."]'],
    ['# HELP a Some help.', '["HELP","a","Some help."]'],
    ['# HELP a żółć \\\\ \\n "x"\n', '["HELP","a","żółć \\\\\\\\ \\\\n \\"x\\""]'],
    ['# HELP a   two blanks stay\n', '["HELP","a","  two blanks stay"]'],
    ['# HELP a\n', '["HELP","a",""]'],
    ['# HELP a  \n', '["HELP","a",""]'],
    ['# HELP "a b" c\n', '["HELP","a b","c"]'],
    ['# HELP "a\\"b" c\n', '["HELP","a\\"b","c"]'],
    ['# TYPE a counter\n', '["TYPE","a","counter"]'],
    ['# TYPE a untyped\n', '["TYPE","a","untyped"]'],
    ['\t#\t TYPE \t a histogram\n', '["TYPE","a","histogram"]'],
    ['# TYPE a-gauge\n', '["TYPE","a","gauge"]'],
    ['# UNIT a_s s\n', 'comment'],
    ['# EOF\n', 'comment'],
    ['#HELP a b\n', 'comment'],
    ['# HELPER a b\n', 'comment'],
    ['# HELP\n', 'comment'],
    ['# help a b\n', 'comment'],
    ['#\n', 'comment'],
    ['  # a comment\n', 'comment'],
    ['\n', 'blank'],
    [' \t\n', 'blank'],
    ['', 'blank'],
    ['\r\n', 'malformed'],
    ['# HELP 9 b\n', 'malformed'],
    ['# HELP \n', 'malformed'],
    ['# TYPE a\n', 'malformed'],
    ['# TYPE a  counter\n', 'malformed'],
    ['# TYPE a counter \n', 'malformed'],
    ['# TYPE a counter\r\n', 'malformed'],
    ['# TYPE a Counter\n', 'malformed'],
    ['# TYPE a unknown\n', 'malformed'],
    ['# TYPE a info\n', 'malformed'],
  ])('%j: %s', (line, expected) => {
    expect(kind(line, 'text')).toBe(expected)
  })

  test('refuses a help that is not UTF-8', () => {
    expect(parseLine('# HELP a \xff\n', 'text')).toMatchObject({ kind: 'malformed' })
  })
})

describe('OpenMetrics', () => {
  test.each([
    ['# HELP a Some help.\n', '["HELP","a","Some help."]'],
    ['# HELP a \n', '["HELP","a",""]'],
    ['# HELP "a b" c\n', '["HELP","a b","c"]'],
    ['# TYPE a counter\n', '["TYPE","a","counter"]'],
    ['# TYPE a gaugehistogram\n', '["TYPE","a","gaugehistogram"]'],
    ['# TYPE a info\n', '["TYPE","a","info"]'],
    ['# TYPE a stateset\n', '["TYPE","a","stateset"]'],
    ['# TYPE a unknown\n', '["TYPE","a","unknown"]'],
    ['# UNIT a_seconds seconds\n', '["UNIT","a_seconds","seconds"]'],
    ['# UNIT a \n', '["UNIT","a",""]'],
    ['# EOF\n', 'end'],
    ['# EOF', 'end'],
    ['# EOF \n', 'malformed'],
    [' # EOF\n', 'malformed'],
    ['# EOFX\n', 'malformed'],
    ['# UNIT a seconds\n', 'malformed'],
    ['# UNIT aseconds seconds\n', 'malformed'],
    ['# UNIT seconds seconds\n', 'malformed'],
    ['# HELP a\n', 'malformed'],
    ['# HELP a b', 'malformed'],
    ['#  HELP a b\n', 'malformed'],
    ['# HELP  a b\n', 'malformed'],
    ['# TYPE a untyped\n', 'malformed'],
    ['# TYPE a  counter\n', 'malformed'],
    ['# a comment\n', 'malformed'],
    ['#\n', 'malformed'],
    ['\n', 'malformed'],
    [' \n', 'malformed'],
  ])('%j: %s', (line, expected) => {
    expect(kind(line, 'openmetrics')).toBe(expected)
  })
})

describe('metadata of a family that was renamed', () => {
  test.each([
    ['# HELP a Some \\n help.\n', 'b', '# HELP b Some \\n help.'],
    ['# TYPE a counter\n', 'b c', '# TYPE "b c" counter'],
    ['# TYPE a counter\n', 'a', '# TYPE a counter'],
    ['# UNIT a_s s\n', 'b_s', '# UNIT b_s s'],
    ['# UNIT a_s s\n', 'b', undefined],
  ])('%j as %s', (line, family, expected) => {
    const parsed = parseLine(line, 'openmetrics')
    expect(parsed.kind === 'metadata' && renameMetadata(parsed, family)).toBe(expected)
  })
})
