const CHARACTERS_MAX = 80

/** A value as an error message shows it: as JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text =
    JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? Number(entry) : entry)) ??
    'nothing'
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX)}…`
}
