/** A configuration that cannot be used. `problems` has one line for each thing that is wrong, naming its field. */
export class ConfigError extends Error {
  readonly code = 'E_CONFIG'
  /** The file or files that it is about. */
  readonly source: string
  readonly problems: readonly string[]

  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.join('; ')}`)
    this.name = 'ConfigError'
    this.source = source
    this.problems = problems
  }
}
