import type { Groups } from './template.ts'

/** A pattern simple enough for plain string operations. Members mean what they mean in RelabelRegex. */
export interface Shape {
  readonly groupCount: number
  readonly words: readonly string[] | undefined
  readonly test: (value: string) => boolean
  readonly match: (value: string) => Groups | undefined
}

/** Characters that stand for themselves outside a character class. */
const WORD = '[^\\\\.+*?()|\\[\\]{}^$]*'
const WORDS = new RegExp(`^(?:(\\()|\\(\\?:)?(${WORD}(?:\\|${WORD})*)(\\))?$`)
const PREFIX = new RegExp(`^(${WORD})(?:\\.([*+])|\\(\\.([*+])\\))$`)

/**
 * Recognises the patterns that most rules have, whose answer needs no regular expression engine:
 * words (`a`, `a|b`, `(a|b)`, `(?:a|b)`) and a prefix followed by anything (`a.*`, `a.+`, `a(.*)`, `a(.+)`).
 * Undefined for any other. Property tests hold these equal to RE2.
 */
export function recogniseShape(source: string): Shape | undefined {
  return wordsShape(source) ?? prefixShape(source)
}

function wordsShape(source: string): Shape | undefined {
  const found = WORDS.exec(source)
  if (found === null) return undefined
  const opened = source.startsWith('(')
  const closed = found[3] !== undefined
  if (opened !== closed) return undefined
  const words = (found[2] ?? '').split('|')
  const set = new Set(words)
  const captures = found[1] !== undefined
  return {
    groupCount: captures ? 1 : 0,
    words: [...set],
    test: value => set.has(value),
    match: value => {
      if (!set.has(value)) return undefined
      return captures ? [value, value] : [value]
    },
  }
}

function prefixShape(source: string): Shape | undefined {
  const found = PREFIX.exec(source)
  if (found === null) return undefined
  const prefix = found[1] ?? ''
  const captures = found[3] !== undefined
  const lengthMin = prefix.length + ((found[2] ?? found[3]) === '+' ? 1 : 0)
  const test = (value: string): boolean => value.length >= lengthMin && value.startsWith(prefix)
  return {
    groupCount: captures ? 1 : 0,
    words: undefined,
    test,
    match: value => {
      if (!test(value)) return undefined
      return captures ? [value, value.slice(prefix.length)] : [value]
    },
  }
}
