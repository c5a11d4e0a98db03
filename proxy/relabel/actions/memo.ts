import { LABEL_NAMES_MAX } from '../../limits.ts'

/** Remembers the answers of a pure function of a label name, up to a bound, after which new names are computed. */
export function rememberByName<T>(compute: (name: string) => T): (name: string) => T {
  const answers = new Map<string, { readonly answer: T }>()
  return name => {
    const known = answers.get(name)
    if (known !== undefined) return known.answer
    const answer = compute(name)
    if (answers.size < LABEL_NAMES_MAX) answers.set(name, { answer })
    return answer
  }
}
