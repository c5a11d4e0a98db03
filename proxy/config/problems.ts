import type * as z from 'zod'

/** Edits (insert, delete, replace one character) that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

/** Letters alone, so that `listenPort`, `listen-port` and `listen_port` are the same word. */
const spelling = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, '')

/** The known word that someone who wrote `word` most likely meant; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const written = spelling(word)
  const ranked = known
    .map(candidate => ({ candidate, distance: editDistance(written, spelling(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const close = ranked.find(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 4))
  const longer =
    written.length > 3 ? known.find(candidate => spelling(candidate).startsWith(written)) : undefined
  return close?.candidate ?? longer
}

/** Path of a field as users read it: `subsets[0].name`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

function unknownKey(
  place: readonly PropertyKey[],
  key: string,
  knownKeys: ReadonlyMap<string, readonly string[]>,
) {
  const known = knownKeys.get(formatPath(place).replaceAll(/\[\d+\]/g, '[]')) ?? []
  const meant = nearest(key, known)
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`
  return `${formatPath([...place, key])}: unknown key${suggestion}`
}

/**
 * One line for each thing that is wrong, each starting with the path of its field.
 * `knownKeys` holds the keys of each object by its path, with `[]` for any index.
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  knownKeys: ReadonlyMap<string, readonly string[]>,
): string[] {
  return issues.flatMap(issue => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => unknownKey(issue.path, key, knownKeys))
    const path = formatPath(issue.path)
    return [path === '' ? issue.message : `${path}: ${issue.message}`]
  })
}
